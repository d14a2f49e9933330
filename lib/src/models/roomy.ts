import { KeyValueCache } from "../nn/index.ts";
import { defineOp } from "../op.ts";
import type { Tensor } from "../tensor.ts";
import { effect } from "../trace.ts";

/**
 * A cache with room for so many places, which are filled in one after the other, in place: since no
 * shape changes, steps of one token each can be compiled.
 */
export class RoomyCache extends KeyValueCache {
  private filled: number;
  /** Which places are filled. [room] */
  private readonly seen: Tensor;
  /** The number of the next place. [1] */
  private readonly place: Tensor;

  /** @param like Of the batch, heads and width that it shall hold. */
  constructor(room: number, like: KeyValueCache) {
    super();
    const { keys } = like;
    if (!keys) throw new RangeError("RoomyCache: the other cache must hold something");
    const [batch, heads, , width] = keys.shape;
    this.keys = keys.newZeros([batch, heads, room, width]);
    this.values = keys.newZeros([batch, heads, room, width]);
    this.seen = keys.newFull([room], 0, "bool");
    this.place = keys.newFull([1], 0, "int32");
    this.filled = 0;
  }

  override get length(): number {
    return this.filled;
  }

  override places(): Tensor {
    effect(() => {
      this.place.data[0] = this.filled;
    });
    return this.place;
  }

  /** Forgets what it holds, and takes over what another cache does. */
  load({ keys, values, length }: KeyValueCache): void {
    this.filled = 0;
    this.write(keys!, values!);
    this.seen.data.fill(0).fill(1, 0, length);
    this.filled = length;
  }

  /** Adds those of one new place; returns all places, and which of them are filled. */
  override append(keys: Tensor, values: Tensor): [keys: Tensor, values: Tensor, seen: Tensor] {
    const { seen } = this;
    const [all, allValues] = this.write(keys, values);
    fillIn([seen.reshape([1, seen.size, 1]), seen.newFull([1, 1, 1], 1)], { cache: this });
    effect(() => {
      this.filled++;
    });
    return [all, allValues, seen];
  }

  private write(keys: Tensor, values: Tensor): [keys: Tensor, values: Tensor] {
    fillIn([this.keys!, keys], { cache: this });
    fillIn([this.values!, values], { cache: this });
    return [this.keys!, this.values!];
  }
}

/** Writes rows into what has room for more, from the cache's next place on. [..., room, width], [..., rows, width] */
const fillIn = defineOp<{ readonly cache: KeyValueCache }>({
  name: "fillIn",
  inPlace: true,
  shape: ([all]) => all,
  forward(all, [, rows], { inShapes: [to, from], attributes: { cache } }) {
    const [room, width] = to.slice(-2);
    const size = from[from.length - 2] * width;
    for (let i = 0; i * size < rows.length; i++)
      all.set(rows.subarray(i * size, (i + 1) * size), (i * room + cache.length) * width);
  },
});
