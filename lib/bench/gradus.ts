/** Gradus's side: `node gradus.ts wasm|reference [compiled] [narrow] [THREADS]`. */
import { prepare, start } from "./tasks.ts";
import { serve } from "./worker.ts";

const [engineName, ...how] = process.argv.slice(2);
await serve(start(engineName, ...how), prepare);
