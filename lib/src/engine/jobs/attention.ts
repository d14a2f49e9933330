import { type AttentionAttributes, type Heads, headsOf } from "../../ops/heads.ts";
import { isWide } from "../wasm.ts";
import {
  type Call,
  cut,
  isWorth,
  type Job,
  type JobMaker,
  onFloats,
  type Question,
} from "./job.ts";

/** So many multiplications are done before another thread has begun. */
const LEAST = 2 ** 18;

function job(question: Question, back: boolean): Job | undefined {
  const { inShapes, attributes } = question;
  const { heads: count, causal, scale } = attributes as AttentionAttributes;
  const at = headsOf(back ? inShapes.slice(1) : inShapes, count);
  const { batch, heads, queries, keys, width } = at;
  const each = queries * keys * width;
  if (!isWorth(question, batch * heads * each)) return undefined;
  return {
    constants: sizesOf(at, causal),
    scratch: (kernels) => kernels.attentionScratch(keys, width),
    calls: ({ inputs, out, constants }, parts) => [
      cut(batch * heads, parts, 1, Math.ceil(LEAST / each)).map(({ from, length }): Call => {
        const how = [constants, Number(isWide()), scale, from, length] as const;
        const given = back ? inputs.slice(1) : inputs;
        const qkv = [0, 1, 2].map((i) => given[i] ?? given[0] + 4 * i * at.part);
        if (!back) return ["attention", ...how, ...qkv, out];
        const gradients = [0, 1, 2].map((i) => out + 4 * i * at.outPart);
        return ["attentionBack", ...how, inputs[0], ...qkv, ...gradients];
      }),
    ],
  };
}

/** In the order of lib/kernels/attention.ts. */
function sizesOf({ heads, queries, keys, width, row, outRow }: Heads, causal: boolean): number[] {
  return [
    ...[heads, queries, keys, width, Number(causal)],
    ...[queries * row, keys * row, width, row],
    ...[queries * outRow, width, outRow],
  ];
}

export const attentionJobs: Readonly<Record<string, JobMaker>> = {
  attention: onFloats((question) => job(question, false)),
  attentionBack: onFloats((question) => job(question, true)),
};
