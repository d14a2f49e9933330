// caught by: summing; nothing is changed; arrays of many axes
/** The shape that two shapes make together. Throws an Error where they do not fit. */
function broadcastShape(a: number[], b: number[]): number[] {
  const axes = Math.max(a.length, b.length);
  return Array.from({ length: axes }, (_, axis) => {
    const [m, n] = [a, b].map((shape) => shape[axis - axes + shape.length] ?? 1);
    if (m !== n && m !== 1 && n !== 1)
      throw new Error(`shapes [${a}] and [${b}] do not fit: ${m} meets ${n}`);
    return m === 1 ? n : m;
  });
}

const size = (shape: number[]): number => shape.reduce((product, length) => product * length, 1);

/** For each place of shape `to`, in order: at which index of an array of shape `from` its number stands. */
function sources(from: number[], to: number[]): number[] {
  return Array.from({ length: size(to) }, (_, place) => {
    let rest = place;
    let index = 0;
    let stride = 1;
    for (let back = 1; back <= from.length; back++) {
      const length = from[from.length - back];
      const longer = to[to.length - back];
      // An axis of length 1 is read at its only place, again and again.
      if (length > 1) index += (rest % longer) * stride;
      rest = Math.floor(rest / longer);
      stride *= length;
    }
    return index;
  });
}

/** The numbers of an array of shape `from`, read as an array of shape `to`. */
function stretch(values: number[], from: number[], to: number[]): number[] {
  return sources(from, to).map((index) => values[index]);
}

/** For each number of shape `from`, the sum of the slopes at all places of shape `to` that used it. */
function shrink(slopes: number[], from: number[], to: number[]): number[] {
  const sums = new Array<number>(size(from)).fill(0);
  sources(from, to).forEach((index, place) => {
    sums[index] += slopes[place];
  });
  return sums.map((sum) => (sum * size(from)) / size(to));
}
