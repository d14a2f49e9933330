import { findLayers, idleData, type Limits } from "./layers.ts";
import { SandboxProcess } from "./process.ts";
import { prepareStage } from "./stage.ts";

/** Whether this machine can seal learners' code off. */
export interface ProbeResult {
  available: boolean;
  /** What does not hold, and what to do about it; empty when available. */
  missing: string[];
}

const LIMITS: Limits = { memoryMb: 256, cpuSeconds: 20 };
const PROBE_MS = 20_000;

/** Starts a sandbox that tries to get out of itself. */
export async function probe(): Promise<ProbeResult> {
  const { layers, missing } = findLayers();
  if (!layers) return { available: false, missing };
  let found: string[];
  try {
    const stage = prepareStage(layers);
    try {
      const idle = idleData(stage.layers, LIMITS);
      const { app, filter } = stage;
      const launch = {
        layers: stage.layers,
        limits: LIMITS,
        idle,
        app,
        filter,
        slot: 0,
        unlocked: true,
      };
      found = await tryToGetOut(new SandboxProcess({ ...launch, entry: "probe-program.cjs" }));
    } finally {
      stage.remove();
    }
  } catch (error) {
    found = [explain((error as Error).message)];
  }
  return { available: found.length === 0, missing: found };
}

async function tryToGetOut(program: SandboxProcess): Promise<string[]> {
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise<string[]>((resolve, reject) => {
      timer = setTimeout(() => reject(new Error("the sandbox does not answer")), PROBE_MS);
      program.ready.catch(reject);
      program.listen(
        ({ bytes }) => resolve(JSON.parse(bytes.toString("utf8")) as string[]),
        ({ message }) => reject(new Error(program.complaint || message)),
      );
    });
  } finally {
    clearTimeout(timer);
    await program.kill();
  }
}

/** What to do about the ways in which bubblewrap is known to be refused. */
function explain(message: string): string {
  if (
    /namespace|uid map|clone|unshare|user\.max|Operation not permitted|Permission denied/i.test(
      message,
    )
  )
    return (
      `bubblewrap is not allowed to seal programs off here (${message}): on Ubuntu 24.04 give it an AppArmor ` +
      "profile or set kernel.apparmor_restrict_unprivileged_userns=0; on Debian set " +
      "kernel.unprivileged_userns_clone=1; in Docker start the container with --security-opt " +
      "seccomp=unconfined --security-opt apparmor=unconfined"
    );
  if (/seccomp/i.test(message))
    return `the kernel takes no system call filter (${message}): it needs CONFIG_SECCOMP_FILTER`;
  return message;
}
