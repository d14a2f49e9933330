export const python: string;
export const executor: string;
export function labInstalled(): boolean;
export function jupyterEnvironment(options?: { state?: string }): Record<string, string>;
export function labCommand(options: {
  port: number;
  token: string;
  notebooks?: string;
  state?: string;
  args?: string[];
}): { command: string; args: string[]; env: Record<string, string> };
