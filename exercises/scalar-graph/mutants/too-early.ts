// caught by: paths of different lengths; random graphs
/** A number that remembers how it was made, and can tell the slope of what was made from it. */
class Scalar {
  data: number;
  grad = 0;
  /** What it was computed from, and its local slope in each. */
  inputs: Scalar[];
  slopes: number[];

  constructor(data: number, inputs: Scalar[] = [], slopes: number[] = []) {
    this.data = data;
    this.inputs = inputs;
    this.slopes = slopes;
  }

  add(other: Scalar): Scalar {
    return new Scalar(this.data + other.data, [this, other], [1, 1]);
  }

  mul(other: Scalar): Scalar {
    return new Scalar(this.data * other.data, [this, other], [other.data, this.data]);
  }

  tanh(): Scalar {
    const y = Math.tanh(this.data);
    return new Scalar(y, [this], [1 - y ** 2]);
  }

  backward(): void {
    const slope = new Map<Scalar, number>([[this, 1]]);
    const waiting: Scalar[] = [this];
    const seen = new Set<Scalar>([this]);
    for (const value of waiting) {
      const above = slope.get(value) ?? 0;
      value.inputs.forEach((input, i) => {
        slope.set(input, (slope.get(input) ?? 0) + above * value.slopes[i]);
        if (!seen.has(input)) waiting.push(input);
        seen.add(input);
      });
    }
    for (const value of waiting) value.grad += slope.get(value) ?? 0;
  }
}
