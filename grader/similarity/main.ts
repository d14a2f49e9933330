/** A comparison as a process: a request as JSON on standard input, the answer as JSON on standard output. */
import { readFileSync } from "node:fs";
import { compare } from "./compare.ts";
import type { CompareAnswer, CompareRequest } from "./run.ts";

const { candidates, known, least, most } = JSON.parse(readFileSync(0, "utf8")) as CompareRequest;
// Names may be anything, and twice the same; positions are not.
const numbered = candidates.map(({ source }, index) => ({ who: String(index), source }));
const parent = process.ppid;
const { pairs, median, tooShort, compared } = compare(numbered, known, least, () => {
  // Whoever asked was killed: nobody waits for this any more.
  if (process.ppid !== parent) process.exit(1);
});
const answer: CompareAnswer = {
  pairs: pairs.slice(0, most).map(({ left, right, similarity, passages }) => ({
    left: Number(left.who),
    right: Number(right.who),
    similarity,
    passages,
  })),
  found: pairs.length,
  median,
  tooShort: tooShort.map(Number),
  compared,
};
process.stdout.write(JSON.stringify(answer));
