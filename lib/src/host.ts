/**
 * For those who run the library on a learner's behalf (the notebook's kernel, the page, the
 * checks), not for learners: `import { … } from "gradus/host"`.
 */
import * as augmentations from "./data/augment.ts";
import { batches } from "./data/batches.ts";
import { standardize, trainTestSplit } from "./data/prepare.ts";
import { forbidNames } from "./forbid.ts";
import * as functional from "./functional/index.ts";
import * as models from "./models/index.ts";
import { MLP } from "./models/mlp.ts";
import { Perceptron } from "./models/perceptron.ts";
import * as init from "./nn/init.ts";
import * as layers from "./nn/layers.ts";
import * as ops from "./ops/index.ts";
import * as optim from "./optim/index.ts";
import { BPETokenizer } from "./text/bpe.ts";
import { CharTokenizer } from "./text/characters.ts";
import { Vocabulary } from "./text/vocabulary.ts";

export { PACK_PROVIDER, type PackProvider } from "./data/pack.ts";
export { packs } from "./data/packs/list.generated.ts";
export { type MimeBundle, PLOTLY, toMimeBundle } from "./display/bundle.ts";
export { chartColors, neutral as chartNeutral } from "./display/chart/theme.ts";
export { DISPLAY_SINK, type DisplayMessage, type DisplaySink } from "./display/display.ts";
export { escapeHtml } from "./display/escape.ts";
export { inspect } from "./display/inspect.ts";
export { ForbiddenError, NotWrittenYet } from "./forbid.ts";

/** Everything that forbid() can name: each of them begins with guard(). */
export function guarded(): Record<string, unknown> {
  return {
    ...ops,
    ...layers,
    ...init,
    ...functional,
    ...augmentations,
    ...models,
    ...optim,
    batches,
    BPETokenizer,
    CharTokenizer,
    MLP,
    Perceptron,
    standardize,
    trainTestSplit,
    Vocabulary,
  };
}

/** The names that forbid() knows. */
export function guardedNames(): string[] {
  return Object.keys(guarded()).sort();
}

/**
 * Runs a function during which everything in the library under one of the names throws
 * {@link ForbiddenError}. If it returns a promise, the names stay forbidden until that settles,
 * for all code that runs in the meantime. Throws at once for a name that nothing goes by.
 */
export function forbid<T>(names: readonly string[], run: () => T): T {
  const known = guardedNames();
  for (const name of names)
    if (!known.includes(name))
      throw new RangeError(
        `forbid: gradus has nothing to forbid by the name "${name}"\n  known: ${known.join(", ")}`,
      );
  return forbidNames(names, run);
}
