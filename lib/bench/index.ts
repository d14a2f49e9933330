/** `npm run bench:lib`: Gradus beside its peers, in one run. README.md tells how to read it. */
import os from "node:os";
import { parseArgs } from "node:util";
import { findEngines } from "./engines.ts";
import { measure, type Report } from "./measure.ts";
import { measureResidence, type Residence, residenceBars, residenceTable } from "./memory.ts";
import { measureSizes, type Sizes, sizeBars, sizeTable } from "./sizes.ts";
import { bars, compare, summarize } from "./summary.ts";
import { barTable, table } from "./table.ts";
import { workloads } from "./workloads.ts";

const usage = `npm run bench:lib -- [OPTIONS]
  --only NAME      only this workload, or one item of it: mlp, matmul/256; or memory, or sizes;
                   may be repeated
  --engine NAME    only engines whose name contains this: gradus, pytorch; may be repeated
  --rounds N       how often each is measured (7)
  --limit SECONDS  longer than this nothing may run (20)
  --json           for machines`;

function fail(message: string): never {
  console.error(`${message}\n\n${usage}`);
  process.exit(2);
}

function readOptions() {
  try {
    return parseArgs({
      options: {
        only: { type: "string", multiple: true },
        engine: { type: "string", multiple: true },
        rounds: { type: "string", default: "7" },
        limit: { type: "string", default: "20" },
        json: { type: "boolean" },
        help: { type: "boolean" },
      },
    }).values;
  } catch (error) {
    return fail((error as Error).message);
  }
}

const options = readOptions();
if (options.help) {
  console.log(usage);
  process.exit();
}
const rounds = Number(options.rounds);
if (!Number.isInteger(rounds) || rounds < 1) fail("--rounds is a whole number, 1 or more");
const limit = Number(options.limit);
if (!(limit > 0)) fail("--limit is a number of seconds above 0");

const names = [...workloads.map(({ name }) => name), "memory", "sizes"];
const only = options.only ?? names;
const chosen = workloads
  .map((workload) => ({
    ...workload,
    items: workload.items.filter(
      ({ name }) => only.includes(workload.name) || only.includes(`${workload.name}/${name}`),
    ),
  }))
  .filter(({ items }) => items.length > 0);
if (chosen.length === 0 && !only.includes("memory") && !only.includes("sizes"))
  fail(`--only: there is none of these; there are ${names.join(", ")}`);

const found = findEngines();
const engines = found.filter(
  ({ name }) =>
    !options.engine ||
    options.engine.some((part) => name.toLowerCase().includes(part.toLowerCase())),
);
if (engines.length === 0)
  fail(`--engine: there is none of these; there are ${found.map(({ name }) => name).join("; ")}`);

/** On a terminal a line that changes; elsewhere one for each workload and item. */
const live = process.stderr.isTTY;
let last = "";
function say(text: string): void {
  const width = (process.stderr.columns ?? 80) - 1;
  if (live) process.stderr.write(`\r\x1b[2K${text.slice(0, width)}`);
  const place = text.split(":")[0];
  if (!live && place !== last) process.stderr.write(`${place} …\n`);
  last = place;
}
const print = (text: string): void => {
  if (!options.json) console.log(`${text}\n`);
};
const clear = () => live && process.stderr.write("\r\x1b[2K");

const machine = `${os.cpus()[0]?.model.trim() ?? "?"}, ${os.availableParallelism()} cores, Node ${process.version}`;
const reports: Report[] = [];
const versions = new Map<string, string>();
print(`${machine}; medians of ${rounds} rounds`);
if (!found.some(({ name }) => name.startsWith("PyTorch")))
  console.error("PyTorch was not found\n→ GRADUS_PYTHON=/path/to/a/python/that/has/torch\n");
for (const workload of chosen) {
  const able = engines.filter((engine) => engine.workloads?.includes(workload.name) ?? true);
  if (able.length === 0) continue;
  const report = await measure(workload, able, { rounds, limit, say });
  clear();
  reports.push(report);
  for (const [name, version] of report.versions) versions.set(name, version);
  print(table(report));
}

/** Ours that train, one thread each. */
const trainers = engines.filter(({ name }) => /^Gradus, (eager|compiled)$/.test(name));
let residence: Residence[] = [];
if (only.includes("memory") && trainers.length > 0) {
  say("memory: 10,000 steps of the MLP in one process");
  const [mlp] = workloads.filter(({ name }) => name === "mlp");
  residence = await measureResidence(trainers, mlp.items[0].work);
  clear();
  print(residenceTable(residence));
}
let sizes: Sizes | undefined;
if (only.includes("sizes")) {
  sizes = await measureSizes();
  print(sizeTable(sizes));
}

const verdicts = [...bars(reports), ...residenceBars(residence), ...(sizes ? sizeBars(sizes) : [])];
const differs = reports.some(({ workload, results }) =>
  workload.items.some((item, i) =>
    results[i].some((one) => compare(one, results[i], item)?.agrees === false),
  ),
);
if (options.json) {
  const tables = reports.map(({ workload, results, memory }) => ({
    name: workload.name,
    about: workload.about,
    megabytes: Object.fromEntries(memory),
    items: workload.items.map((item, i) => ({
      name: item.name,
      unit: item.unit,
      amount: item.amount,
      results: results[i].map((one) => ({
        ...one,
        ...summarize(one, item),
        ...compare(one, results[i], item),
      })),
    })),
  }));
  const engines = Object.fromEntries(versions);
  const all = { machine, rounds, limit, engines, tables, memory: residence, sizes };
  console.log(JSON.stringify({ ...all, bars: verdicts, differs }, null, 2));
} else {
  for (const [name, version] of versions) console.log(`${name}: ${version}`);
  if (verdicts.length > 0) console.log(`\n${barTable(verdicts)}`);
  if (differs) console.log("\nMarked with !: not the same numbers, so not the same work.");
}
process.exit(differs || verdicts.some(({ holds }) => !holds) ? 1 : 0);
