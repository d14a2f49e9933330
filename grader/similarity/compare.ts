/**
 * Which answers to an exercise share passages. Fingerprints are chosen by winnowing (Schleimer, Wilkerson
 * and Aiken 2003) and paired by Dolos (Maertens and others 2022); what the exercise itself makes everybody
 * write is not counted.
 */
import { File, FingerprintIndex, Region, TokenizedFile, WinnowFilter } from "@dodona/dolos-core";
import { type Token, tokenize } from "./tokens.ts";

/** One learner's answer. */
export interface Candidate {
  who: string;
  source: string;
}

/** The same tokens in two sources. */
export interface Passage {
  left: Span;
  right: Span;
  /** How many. */
  tokens: number;
}

/** Characters of a source, and the lines that they stand in, from 1. */
export interface Span {
  start: number;
  end: number;
  firstLine: number;
  lastLine: number;
}

export interface SimilarPair {
  left: Candidate;
  right: Candidate;
  /** Of what both wrote beyond what the exercise gives and forces, the part that both share: 0 to 1. */
  similarity: number;
  /** The longest first. */
  passages: Passage[];
}

export interface Similarity {
  /** The most similar first. Pairs that share nothing are not in it. */
  pairs: SimilarPair[];
  /** How similar two answers in the middle of all pairs are: what is usual for this exercise. */
  median: number;
  /** Who wrote too little beyond the starter to be compared. */
  tooShort: string[];
  compared: number;
}

/** Passages of fewer tokens are chance. */
const LENGTH = 12;
/** Of so many neighboring fingerprints one is kept, so passages of LENGTH + WINDOW - 1 are always found. */
const WINDOW = 4;
/** What stands in the reference and in at least this part of all answers is forced by the exercise. */
const FORCED = 0.5;
/** With fewer answers than this nothing can be told about what everybody writes. */
const ENOUGH = 4;

/**
 * Compares every answer with every other.
 * @param known what nobody is to be blamed for: the starter, and the reference solution
 * @param least pairs that share less are counted, but not kept
 * @param onAnswer called before each answer is compared with those after it
 */
export function compare(
  candidates: readonly Candidate[],
  known: { starter: string; reference: string },
  least = 0,
  onAnswer?: () => void,
): Similarity {
  const all = candidates.map((candidate) => ({ candidate, tokens: tokenize(candidate.source) }));
  const forced = forcedHashes(known, all);
  const index = new FingerprintIndex(LENGTH, WINDOW);
  index.addIgnoredHashes([...forced]);
  const entries = new Map(
    all.map(({ candidate, tokens }, number) => {
      const file = new File(String(number), candidate.source);
      const texts = tokens.map(({ text }) => text);
      // Rows are what Dolos counts in; ours are tokens, so that nothing is lost to line breaks.
      const places = tokens.map((_, at) => new Region(at, 0, at, 1));
      return [
        String(number),
        {
          candidate,
          tokens,
          counted: counted(tokens, forced),
          file: new TokenizedFile(file, texts, places),
        },
      ];
    }),
  );
  const long = [...entries.values()].filter(
    ({ counted }) => counted.filter(Boolean).length >= LENGTH,
  );
  index.addFiles(long.map(({ file }) => file));

  const pairs: SimilarPair[] = [];
  const similarities: number[] = [];
  for (const [left, right] of couples(long, onAnswer)) {
    // One at a time: of a thousand answers there are half a million pairs.
    const pair = index.getPair(left.file, right.file);
    if (pair.overlap === 0) {
      similarities.push(0);
      continue;
    }
    const [inLeft, inRight] = [new Set<number>(), new Set<number>()];
    const passages: Passage[] = [];
    const fragments = pair
      .buildFragments()
      .map(({ leftSelection, rightSelection }) =>
        widen(left, right, leftSelection.startRow, rightSelection.startRow, leftSelection.endRow),
      )
      .sort((a, b) => b.left.to - b.left.from - (a.left.to - a.left.from));
    for (const fragment of fragments) {
      const free = (from: number, to: number, taken: Set<number>) =>
        Array.from({ length: to - from + 1 }, (_, i) => from + i).filter((at) => !taken.has(at));
      const [newLeft, newRight] = [
        free(fragment.left.from, fragment.left.to, inLeft),
        free(fragment.right.from, fragment.right.to, inRight),
      ];
      // A passage that repeats one already found says nothing new.
      if (newLeft.length < LENGTH / 2 || newRight.length < LENGTH / 2) continue;
      for (const at of newLeft) inLeft.add(at);
      for (const at of newRight) inRight.add(at);
      passages.push({
        left: span(left, newLeft[0], newLeft.at(-1) ?? newLeft[0]),
        right: span(right, newRight[0], newRight.at(-1) ?? newRight[0]),
        tokens: newLeft.length,
      });
    }
    const shared =
      [...inLeft].filter((at) => left.counted[at]).length +
      [...inRight].filter((at) => right.counted[at]).length;
    const total = left.counted.filter(Boolean).length + right.counted.filter(Boolean).length;
    const similarity = shared / total;
    similarities.push(similarity);
    if (passages.length > 0 && similarity >= least)
      pairs.push({ left: left.candidate, right: right.candidate, similarity, passages });
  }
  similarities.sort((a, b) => a - b);
  const short = new Set(long.map(({ candidate }) => candidate));
  return {
    pairs: pairs.sort((a, b) => b.similarity - a.similarity),
    median: similarities[Math.floor((similarities.length - 1) / 2)] ?? 0,
    tooShort: candidates.filter((one) => !short.has(one)).map(({ who }) => who),
    compared: long.length,
  };
}

function* couples<T>(all: readonly T[], onEach?: () => void): Generator<[T, T]> {
  for (const [index, left] of all.entries()) {
    onEach?.();
    for (const right of all.slice(index + 1)) yield [left, right];
  }
}

const everyHash = new WinnowFilter(LENGTH, 1);

const hashes = (tokens: readonly Token[]) => everyHash.fingerprints(tokens.map(({ text }) => text));

/** Fingerprints of the starter, and those of the reference that most answers have too. */
function forcedHashes(
  { starter, reference }: { starter: string; reference: string },
  all: readonly { tokens: Token[] }[],
): Set<number> {
  const forced = new Set(hashes(tokenize(starter)).map(({ hash }) => hash));
  if (all.length < ENOUGH) return forced;
  const having = new Map<number, number>();
  for (const { tokens } of all)
    for (const hash of new Set(hashes(tokens).map((one) => one.hash)))
      having.set(hash, (having.get(hash) ?? 0) + 1);
  for (const { hash } of hashes(tokenize(reference)))
    if ((having.get(hash) ?? 0) >= FORCED * all.length) forced.add(hash);
  return forced;
}

/** For each token, whether it stands outside of what is forced. */
function counted(tokens: readonly Token[], forced: ReadonlySet<number>): boolean[] {
  const counts = tokens.map(() => true);
  for (const { hash, start, stop } of hashes(tokens))
    if (forced.has(hash)) counts.fill(false, start, stop + 1);
  return counts;
}

interface Entry {
  candidate: Candidate;
  tokens: Token[];
  counted: boolean[];
}

/** A passage as far as both go on alike: fingerprints tell only that there is one. */
function widen(left: Entry, right: Entry, leftFrom: number, rightFrom: number, leftTo: number) {
  const alike = (i: number, j: number): boolean =>
    left.tokens[i]?.text === right.tokens[j]?.text &&
    left.counted[i] === true &&
    right.counted[j] === true;
  const shift = rightFrom - leftFrom;
  let [from, to] = [leftFrom, leftTo];
  while (alike(from - 1, from - 1 + shift)) from--;
  while (alike(to + 1, to + 1 + shift)) to++;
  return { left: { from, to }, right: { from: from + shift, to: to + shift } };
}

function span({ candidate, tokens }: Entry, from: number, to: number): Span {
  const { start } = tokens[from];
  const { end } = tokens[to];
  const line = (at: number): number => candidate.source.slice(0, at).split("\n").length;
  return { start, end, firstLine: line(start), lastLine: line(end) };
}
