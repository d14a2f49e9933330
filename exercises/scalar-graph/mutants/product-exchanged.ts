// caught by: a sum and a product; tanh; paths of different lengths; backward adds; random graphs; called again; two results that share values
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
    return new Scalar(this.data * other.data, [this, other], [this.data, other.data]);
  }

  tanh(): Scalar {
    const y = Math.tanh(this.data);
    return new Scalar(y, [this], [1 - y ** 2]);
  }

  /** Adds the slope of this value in each value that it was made from to that value's grad. */
  backward(): void {
    const order: Scalar[] = [];
    const seen = new Set<Scalar>();
    function visit(value: Scalar): void {
      if (seen.has(value)) return;
      seen.add(value);
      value.inputs.forEach(visit);
      order.push(value);
    }
    visit(this);
    // The slopes of this walk alone: what grad holds from earlier ones must not be passed on.
    const slope = new Map<Scalar, number>([[this, 1]]);
    for (const value of order.reverse()) {
      const above = slope.get(value) ?? 0;
      value.inputs.forEach((input, i) => {
        slope.set(input, (slope.get(input) ?? 0) + above * value.slopes[i]);
      });
      value.grad += above;
    }
  }
}
