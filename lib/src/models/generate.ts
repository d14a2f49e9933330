import { compile } from "../compile/compile.ts";
import { runningHeap } from "../engine/heap.ts";
import { guard } from "../forbid.ts";
import type { Module } from "../nn/index.ts";
import { resting } from "../nn/resting.ts";
import { defaultRng, type Rng } from "../random.ts";
import { ShapeError } from "../shape.ts";
import { Tensor } from "../tensor.ts";

/** A model that says what comes next, such as {@link GPT} or {@link RNNLanguageModel}. */
export interface LanguageModel<Memory = unknown> extends Module {
  /** How many tokens it can look back on; without it, all. */
  readonly context?: number;
  /** For each place, a score for every token that may come after it. [batch, time] → [batch, time, vocabulary] */
  forward(ids: Tensor): Tensor;
  /** As forward, for what comes after all that is in the memory; and the memory with that in it. */
  advance?(ids: Tensor, memory?: Memory): { logits: Tensor; memory: Memory };
  /**
   * A memory that holds what another does, and that `advance` fills in place, so that steps of one
   * token can be compiled; if `roomy` is given, that one, with nothing else in it any more.
   */
  roomyMemory?(memory: Memory, roomy?: Memory): Memory;
}

/** How the next token is chosen. */
export interface SamplingOptions {
  /** What the scores are divided by: below 1 the likely gets likelier; at 0 only the likeliest is chosen. */
  temperature?: number;
  /** Choose among so many of the likeliest. */
  topK?: number;
  /** Choose among the fewest that together are at least this likely (Holtzman et al. 2019). */
  topP?: number;
}

/** Options of {@link generate}. */
export interface GenerateOptions extends SamplingOptions {
  /** How many tokens to write at most. */
  maxTokens: number;
  /** Ends before this token, or one of these, such as the end of a text. */
  stop?: number | readonly number[];
  rng?: Rng;
  /** Whether the model may remember what it worked out for earlier tokens; true by default. */
  cache?: boolean;
  /**
   * Whether a model with a `roomyMemory`, such as a {@link GPT}, goes on from a record, as by
   * {@link compile}: several times as fast. Hooks are then not called, and a layer put in the place
   * of another is not seen; false by default.
   */
  compile?: boolean;
}

/** Writes on with one model, one token after the other. */
interface Writer {
  memory: unknown;
  /** ids [1, 1] → logits [1, 1, vocabulary] */
  readonly step: (ids: Tensor) => Tensor;
}

/** Those that nobody uses at the moment. */
const writers = new WeakMap<LanguageModel, Writer[]>();

/** One that goes on from a memory. */
function takeWriter(model: LanguageModel, memory: unknown): Writer {
  const free = writers.get(model)?.pop();
  const roomy = model.roomyMemory!(memory, free?.memory);
  if (free) return free;
  return { memory: roomy, step: compile((ids: Tensor) => model.advance!(ids, roomy).logits) };
}

function giveBack(model: LanguageModel, writer: Writer): void {
  writers.set(model, [...(writers.get(model) ?? []), writer]);
}

/**
 * Writes on from a prompt, token by token, as they come: `for (const id of generate(…))`. What a
 * model of limited context can no longer see, it forgets: it goes on from the last `context` tokens,
 * and each further one then takes a full pass. Dropout rests meanwhile; no gradients are recorded.
 */
export function generate(
  model: LanguageModel,
  prompt: readonly number[] | Tensor,
  options: GenerateOptions,
): Generator<number, void, undefined> {
  guard("generate");
  const { maxTokens } = options;
  const seen = prompt instanceof Tensor ? Array.from<number>(prompt.data) : [...prompt];
  if (!seen.every(Number.isInteger))
    throw new TypeError(
      "generate: the prompt is the numbers of tokens\n  hint: tokenizer.encode(text)",
    );
  if (seen.length === 0)
    throw new RangeError("generate: the prompt is empty\n  hint: begin with a start token");
  if (!Number.isInteger(maxTokens) || maxTokens < 0)
    throw new RangeError(`generate: maxTokens is a whole number, 0 or more, got ${maxTokens}`);
  return writeOn(model, seen, options);
}

function* writeOn(
  model: LanguageModel,
  seen: number[],
  options: GenerateOptions,
): Generator<number, void, undefined> {
  const { maxTokens, stop = [], rng = defaultRng(), cache = true } = options;
  const { context = Infinity } = model;
  let memory: unknown;
  let remembered = 0;
  let writer: Writer | undefined;
  const recorded = cache && options.compile && model.roomyMemory !== undefined;
  const next = (): Tensor => {
    if (!cache || !model.advance || seen.length > context)
      return model.forward(asBatch(seen.slice(-context)));
    const ids = asBatch(seen.slice(remembered));
    if (remembered > 0 && recorded) {
      writer ??= takeWriter(model, memory);
      remembered = seen.length;
      return writer.step(ids);
    }
    const step = model.advance(ids, memory);
    memory = step.memory;
    remembered = seen.length;
    return step.logits;
  };
  try {
    for (let written = 0; written < maxTokens; written++) {
      const logits = resting(model, next);
      const id = draw(samplingProbabilities(logits.select(1, -1).flatten(), options), rng);
      if ([stop].flat().includes(id)) return;
      yield id;
      seen.push(id);
      // Now that kernels are at work: the weights shall lie where they find them for every further token.
      const heap = written === 0 && !recorded ? runningHeap() : null;
      if (heap) for (const { memory: place } of model.parameters()) heap.adopt(place);
    }
  } finally {
    if (writer) giveBack(model, writer);
  }
}

/**
 * How likely each token is to be chosen, when sampled as the options say. logits [vocabulary] →
 * [vocabulary], which adds up to 1. First the temperature, then top-k, then top-p.
 */
export function samplingProbabilities(logits: Tensor, options: SamplingOptions = {}): Tensor {
  guard("samplingProbabilities");
  const { temperature = 1, topK = Infinity, topP = 1 } = options;
  check("temperature", temperature, temperature >= 0 && temperature < Infinity, "0 or more");
  check("topK", topK, topK >= 1, "1 or more");
  check("topP", topP, topP > 0 && topP <= 1, "above 0, at most 1");
  if (logits.rank !== 1 || logits.size === 0)
    throw new ShapeError(
      "samplingProbabilities",
      [logits.shape],
      "one score for each token is needed: [vocabulary]",
    );
  const scores = Array.from<number>(logits.data);
  const best = scores.reduce((a, b) => Math.max(a, b));
  if (!Number.isFinite(best))
    throw new RangeError(
      `samplingProbabilities: the highest of the model's scores is ${best}\n` +
        "  hint: its weights may have grown without bound: train it anew with a smaller lr",
    );
  const out = logits.newZeros([scores.length]);
  const order = [...scores.keys()].sort((a, b) => scores[b] - scores[a]);
  if (temperature === 0) {
    out.data[order[0]] = 1;
    return out;
  }
  const shares = scores.map((score) => Math.exp((score - best) / temperature));
  const likeliest = order.slice(0, topK);
  const sum = (ids: readonly number[]) => ids.reduce((total, id) => total + shares[id], 0);
  const enough = topP * sum(likeliest);
  let together = 0;
  const chosen = likeliest.filter((id) => {
    const needed = topP === 1 || together < enough;
    together += shares[id];
    return needed;
  });
  const all = sum(chosen);
  for (const id of chosen) out.data[id] = shares[id] / all;
  return out;
}

function draw(probabilities: Tensor, rng: Rng): number {
  let left = rng.next();
  let id = -1;
  for (let i = 0; i < probabilities.size && left >= 0; i++) {
    if (probabilities.data[i] === 0) continue;
    id = i;
    left -= probabilities.data[i];
  }
  return id;
}

function asBatch(ids: readonly number[]): Tensor {
  return new Tensor(Int32Array.from(ids), [1, ids.length]);
}

function check(name: string, value: number, fits: boolean, range: string): void {
  if (!fits) throw new RangeError(`samplingProbabilities: ${name} must be ${range}, got ${value}`);
}
