import { todo } from "gradus";

/** A number that remembers how it was made, and can tell the slope of what was made from it. */
class Scalar {
  data: number;
  grad = 0;

  constructor(data: number) {
    this.data = data;
  }

  add(other: Scalar): Scalar {
    return todo("a new value that knows its two inputs");
  }

  mul(other: Scalar): Scalar {
    return todo("a new value, and what are its local slopes?");
  }

  tanh(): Scalar {
    return todo("a new value with one input");
  }

  /** Adds the slope of this value in each value that it was made from to that value's grad. */
  backward(): void {
    todo("each value after all that used it");
  }
}
