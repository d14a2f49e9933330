import { guard } from "../forbid.ts";
import { defineOp } from "../op.ts";
import { defaultRng, type Rng } from "../random.ts";
import { needTensor, type Tensor } from "../tensor.ts";

/** Options of {@link dropout}. */
export interface DropoutOptions {
  /** Whether anything is dropped at all; true by default. */
  training?: boolean;
  /** Where the chance comes from, by default {@link defaultRng}. */
  rng?: Rng;
}

/** Numbers spread evenly from 0 to 1, of x's shape; an op, so that a recorded step draws anew. */
const uniform = defineOp<{ rng: Rng }>({
  name: "uniform",
  dtype: () => "float32",
  draws: true,
  shape: ([x]) => x,
  forward(y, _, { attributes: { rng } }) {
    for (let i = 0; i < y.length; i++) y[i] = rng.next();
  },
});

/**
 * Sets each number to 0 with probability p, and makes the others larger by 1 / (1 - p), so that
 * their mean stays as it is (Srivastava et al. 2014). Without `training`, x itself.
 */
export function dropout(x: Tensor, p = 0.5, options: DropoutOptions = {}): Tensor {
  guard("dropout");
  const { training = true, rng = defaultRng() } = options;
  needTensor("dropout", x);
  if (!(p >= 0 && p <= 1))
    throw new RangeError(`dropout: p is a probability, from 0 to 1, got ${String(p)}`);
  if (!training || p === 0) return x;
  const kept = uniform([x.detach()], { rng }).greaterEqual(p);
  return x.mul(p < 1 ? 1 / (1 - p) : 0).where(kept, 0);
}
