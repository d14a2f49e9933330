// Runs the steps that are not up to date, with progress.
import { SetupError, steps } from "./steps.mjs";

const tty = process.stdout.isTTY;
const seconds = (since) => `${((performance.now() - since) / 1000).toFixed(0)} s`;

/** One line that moves on a terminal, and two plain lines where output goes to a file. */
async function shown(label, work) {
  const began = performance.now();
  let last = "";
  const width = () => (process.stdout.columns ?? 80) - 1;
  const draw = () =>
    process.stdout.write(`\r\x1b[2K${`${label} … ${seconds(began)}  ${last}`.slice(0, width())}`);
  if (!tty) console.log(`${label} …`);
  const timer = tty ? setInterval(draw, 250) : undefined;
  try {
    await work((line) => {
      last = line.replace(/[^\x20-\x7e]+/g, " ");
    });
    console.log(`${tty ? "\r\x1b[2K" : ""}${label} · done in ${seconds(began)}`);
  } catch (error) {
    console.log(`${tty ? "\r\x1b[2K" : ""}${label} · failed after ${seconds(began)}`);
    throw error;
  } finally {
    clearInterval(timer);
  }
}

/**
 * Brings the named steps up to date, in order.
 * @param {string[]} names steps that must succeed
 * @param {{ optional?: string[] }} options steps whose failure is told and passed over
 * @returns {Promise<Map<string, SetupError>>} the optional steps that failed
 */
export async function setup(names, { optional = [] } = {}) {
  const failed = new Map();
  const due = [...names, ...optional].filter((name) => !steps[name].current());
  for (const [index, name] of due.entries()) {
    const step = steps[name];
    if (step.current()) continue;
    const label = `[${index + 1}/${due.length}] ${step.says}`;
    try {
      await shown(label, (onLine) => step.do(onLine));
    } catch (error) {
      if (!(error instanceof SetupError)) throw error;
      if (!optional.includes(name)) throw error;
      failed.set(name, error);
      tell(error);
    }
  }
  return failed;
}

/** What happened and what to do, on standard error. */
export function tell(error) {
  console.error(error instanceof SetupError ? `\n${error.message}\n→ ${error.todo}\n` : error);
}

/** The same, for scripts that cannot go on. */
export async function setupOrExit(...args) {
  try {
    return await setup(...args);
  } catch (error) {
    tell(error);
    process.exit(1);
  }
}
