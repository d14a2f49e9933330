// caught by: called again; two results that share values
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
    const order: Scalar[] = [];
    const seen = new Set<Scalar>();
    function visit(value: Scalar): void {
      if (seen.has(value)) return;
      seen.add(value);
      value.inputs.forEach(visit);
      order.push(value);
    }
    visit(this);
    for (const value of order) if (value.inputs.length > 0) value.grad = 0;
    this.grad = 1;
    for (const value of order.reverse())
      value.inputs.forEach((input, i) => {
        input.grad += value.grad * value.slopes[i];
      });
  }
}
