import { describe, expect, test } from "vitest";
import { tensor, zeros } from "../create.ts";
import { Dropout, Module } from "../nn/index.ts";
import { Rng } from "../random.ts";
import type { Tensor } from "../tensor.ts";
import { errorOf } from "../testing.ts";
import {
  type GenerateOptions,
  GPT,
  generate,
  RNNLanguageModel,
  samplingProbabilities,
} from "./index.ts";

const SCORES = [2, 1, 0.5, -1, 0.3, 1.7];

/** Says the same whatever it reads. */
class Parrot extends Module {
  readonly scores: number[];
  readonly context = 1;
  calls = 0;

  constructor(scores = SCORES) {
    super();
    this.scores = scores;
  }

  forward(ids: Tensor): Tensor {
    this.calls++;
    const [batch, time] = ids.shape;
    return tensor(this.scores).expand([batch, time, this.scores.length]);
  }
}

const gpt = (options = {}) =>
  new GPT({ vocabulary: 11, context: 8, width: 12, heads: 3, layers: 2, ...options }, new Rng(1));
/** With weights large enough that what comes next depends on what came before. */
function talkative(model: Module): void {
  for (const parameter of model.parameters())
    for (let i = 0; i < parameter.size; i++) parameter.data[i] *= 8;
}

describe("samplingProbabilities", () => {
  // By the logits processors of transformers 5.23
  test.each([
    [{}, [0.38997021, 0.14346202, 0.08701412, 0.01941547, 0.07124113, 0.28889704]],
    [
      { temperature: 0.5 },
      [0.56504006, 0.07646986, 0.02813169, 0.00140059, 0.01885723, 0.31010056],
    ],
    [{ temperature: 2 }, [0.27853987, 0.16894297, 0.13157292, 0.06215065, 0.1190521, 0.23974149]],
    [{ topK: 3 }, [0.47422635, 0.17445813, 0, 0, 0, 0.35131552]],
    [{ topP: 0.8 }, [0.47422635, 0.17445813, 0, 0, 0, 0.35131552]],
    [{ topP: 0.5 }, [0.57444252, 0, 0, 0, 0, 0.42555748]],
    [{ topP: 0.3 }, [1, 0, 0, 0, 0, 0]],
    [{ temperature: 0.7, topK: 4, topP: 0.9 }, [0.52879554, 0.1267264, 0, 0, 0, 0.34447807]],
    [{ temperature: 1.5, topK: 2, topP: 0.4 }, [1, 0, 0, 0, 0, 0]],
    [{ temperature: 0 }, [1, 0, 0, 0, 0, 0]],
    [{ topK: 100 }, [0.38997021, 0.14346202, 0.08701412, 0.01941547, 0.07124113, 0.28889704]],
  ])("%j", (options, expected) => {
    const got = samplingProbabilities(tensor(SCORES), options);
    expect(got.allClose(tensor(expected), 1e-6)).toBe(true);
  });

  test("huge scores and banned tokens are no trouble", () => {
    const got = samplingProbabilities(tensor([1e30, 1e30, -Infinity]), { topP: 0.99 });
    expect(got.toArray()).toEqual([0.5, 0.5, 0]);
  });
});

describe("generate", () => {
  test.each<Partial<GenerateOptions>>([
    {},
    { temperature: 0.5 },
    { topK: 3 },
    { temperature: 2, topP: 0.8 },
  ])("draws tokens as often as %j says", (options) => {
    const n = 10_000;
    const counts = zeros([6]);
    for (const id of generate(new Parrot(), [0], { maxTokens: n, rng: new Rng(5), ...options }))
      counts.data[id]++;
    const expected = samplingProbabilities(tensor(SCORES), options).data;
    // Four standard deviations each way
    for (const [i, p] of expected.entries())
      expect(Math.abs(counts.data[i] - n * p)).toBeLessThanOrEqual(4 * Math.sqrt(n * p * (1 - p)));
  });

  test.each([
    ["GPT", gpt()],
    ["an LSTM", new RNNLanguageModel({ vocabulary: 11, width: 12 }, new Rng(2))],
  ])("%s writes the same with and without its memory", (_, model) => {
    talkative(model);
    const prompt = [1, 2, 3];
    const write = (options: Partial<GenerateOptions>) => [
      ...generate(model, prompt, { maxTokens: 20, rng: new Rng(3), ...options }),
    ];
    for (const temperature of [0, 1]) {
      const written = write({ temperature });
      expect(written).toHaveLength(20);
      expect(new Set(written).size).toBeGreaterThan(2);
      expect(write({ temperature, cache: false })).toEqual(written);
    }
    expect(write({ rng: new Rng(4) })).not.toEqual(write({}));
  });

  test("compiled, a GPT writes the same, however many write at the same time, and after it has learned", () => {
    const model = gpt({ context: 16 });
    talkative(model);
    const options = { maxTokens: 24, temperature: 0 };
    const write = (prompt: number[]) => [...generate(model, prompt, options)];
    const quick = (prompt: number[]) => generate(model, prompt, { ...options, compile: true });
    const expected = [write([1, 2, 3]), write([5])];
    expect(expected[0]).not.toEqual(expected[1]);
    const both = [quick([1, 2, 3]), quick([5])];
    const written: number[][] = [[], []];
    for (let i = 0; i < 24; i++)
      both.forEach((text, j) => {
        written[j].push(text.next().value as number);
      });
    expect(written).toEqual(expected);
    expect([...quick([5])]).toEqual(expected[1]);
    expect([...quick([1, 2, 3])].slice(0, 3)).toEqual(expected[0].slice(0, 3));
    for (const parameter of model.parameters())
      for (let i = 0; i < parameter.size; i++) parameter.data[i] *= -1.5;
    model.train();
    expect([...quick([1, 2, 3])]).toEqual(write([1, 2, 3]));
    expect(write([1, 2, 3])).not.toEqual(expected[0]);
    expect(model.training).toBe(true);
  });

  test("greedy is what forward scores highest, within the last tokens that the context holds", () => {
    const model = gpt();
    talkative(model);
    const text = [1, 2, 3];
    for (const id of generate(model, text.slice(), { maxTokens: 20, temperature: 0 })) {
      const logits = model.forward(tensor([text.slice(-8)], { dtype: "int32" }));
      expect(id).toBe(logits.select(1, -1).argmax().item());
      text.push(id);
    }
    expect(text).toHaveLength(23);
  });

  test("the memory saves work: one token a step instead of all", () => {
    const model = gpt({ context: 100, width: 24 });
    const work = (cache: boolean) => {
      let tokens = 0;
      const stop = model.transformer.h[0].mlp.c_fc.registerForwardHook((_, [x]) => {
        tokens += (x as Tensor).shape[1];
      });
      const start = performance.now();
      for (const _ of generate(model, [1], { maxTokens: 99, cache, rng: new Rng(1) }));
      stop();
      return { tokens, time: performance.now() - start };
    };
    work(true);
    const [fast, slow] = [work(true), work(false)];
    expect(fast.tokens).toBe(99);
    expect(slow.tokens).toBe((99 * 100) / 2);
    expect(fast.time).toBeLessThan(slow.time);
  });

  test("tokens come one at a time, up to where it should stop", () => {
    const model = new Parrot([0, 0, 5]);
    const tokens = generate(model, [0], { maxTokens: 5, temperature: 0 });
    expect(model.calls).toBe(0);
    expect(tokens.next()).toEqual({ value: 2, done: false });
    expect(model.calls).toBe(1);
    expect([...tokens]).toEqual([2, 2, 2, 2]);
    const options = { maxTokens: 5, temperature: 0 };
    expect([...generate(model, [0], { ...options, stop: 2 })]).toEqual([]);
    expect([...generate(model, [0], { ...options, stop: [1, 2] })]).toEqual([]);
    expect([...generate(model, [0], { ...options, stop: 1 })]).toEqual([2, 2, 2, 2, 2]);
    expect([...generate(model, tensor([0]), { ...options, maxTokens: 0 })]).toEqual([]);
  });

  test("dropout rests, gradients are not recorded, and training goes on after", () => {
    const model = gpt({ dropout: 0.9 });
    const seen: boolean[] = [];
    for (const module of model.modules())
      if (module instanceof Dropout)
        module.registerForwardHook((one, [x]) => {
          seen.push(one.training || (x as Tensor).requiresGrad);
        });
    const tokens = generate(model, [1], { maxTokens: 2 });
    tokens.next();
    expect(seen.length).toBeGreaterThan(0);
    expect(seen).not.toContain(true);
    expect(model.modules().every((module) => module.training)).toBe(true);
  });

  test("mistakes", () => {
    const model = new Parrot();
    const options = { maxTokens: 1 };
    const text = "abc" as unknown as number[];
    expect(errorOf(() => generate(model, text, options))).toMatchInlineSnapshot(`
      "TypeError: generate: the prompt is the numbers of tokens
        hint: tokenizer.encode(text)"
    `);
    expect(errorOf(() => generate(model, [], options))).toMatchInlineSnapshot(`
      "RangeError: generate: the prompt is empty
        hint: begin with a start token"
    `);
    expect(errorOf(() => generate(model, [1], { maxTokens: -1 }))).toMatchInlineSnapshot(
      `"RangeError: generate: maxTokens is a whole number, 0 or more, got -1"`,
    );
    const first = (more: object) => generate(model, [1], { ...options, ...more }).next();
    expect(errorOf(() => first({ temperature: -1 }))).toMatchInlineSnapshot(
      `"RangeError: samplingProbabilities: temperature must be 0 or more, got -1"`,
    );
    expect(errorOf(() => first({ topK: 0 }))).toMatchInlineSnapshot(
      `"RangeError: samplingProbabilities: topK must be 1 or more, got 0"`,
    );
    expect(errorOf(() => first({ topP: 0 }))).toMatchInlineSnapshot(
      `"RangeError: samplingProbabilities: topP must be above 0, at most 1, got 0"`,
    );
    expect(errorOf(() => samplingProbabilities(zeros([2, 2])))).toMatchInlineSnapshot(`
      "ShapeError: samplingProbabilities: one score for each token is needed: [vocabulary]
        shape: [2, 2]"
    `);
    expect(
      errorOf(() => generate(new Parrot([Number.NaN, 1]), [1], options).next()),
    ).toMatchInlineSnapshot(
      `
      "RangeError: samplingProbabilities: the highest of the model's scores is NaN
        hint: its weights may have grown without bound: train it anew with a smaller lr"
    `,
    );
  });
});
