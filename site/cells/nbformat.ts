import type { CellOutput, MimeBundle } from "./protocol.ts";

/** An output as a notebook file keeps it (nbformat 4): texts may be lists of lines. */
export interface NotebookOutput {
  output_type: string;
  name?: string;
  text?: string | string[];
  data?: Record<string, unknown>;
  metadata?: Record<string, unknown>;
  ename?: string;
  evalue?: string;
}

/** A notebook's outputs, in the form in which the page shows them. */
export function fromNotebook(outputs: NotebookOutput[]): CellOutput[] {
  return outputs.map((output): CellOutput => {
    switch (output.output_type) {
      case "stream":
        return {
          kind: "stream",
          name: output.name === "stderr" ? "stderr" : "stdout",
          text: plainText(joined(output.text)),
        };
      case "display_data":
      case "execute_result": {
        const data: MimeBundle = {};
        for (const [type, value] of Object.entries(output.data ?? {}))
          data[type] = type.endsWith("json") ? value : joined(value);
        return { kind: "display", data, metadata: output.metadata };
      }
      case "error":
        return { kind: "stream", name: "stderr", text: `${output.ename}: ${output.evalue}\n` };
      default:
        throw new Error(`a notebook's output of type "${output.output_type}" is not known here`);
    }
  });
}

const joined = (value: unknown): string =>
  Array.isArray(value) ? value.join("") : String(value ?? "");

/** Text without the color codes of a terminal. */
export function plainText(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with a control character.
  return text.replace(/\u001b\[[0-9;]*[A-Za-z]/g, "");
}
