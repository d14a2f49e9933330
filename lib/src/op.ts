import { type DType, promote, type TensorData } from "./dtype.ts";
import { guard } from "./forbid.ts";
import type { Shape } from "./shape.ts";
import type { Tensor } from "./tensor.ts";

/** What a kernel may want to know besides the numbers. */
export interface KernelInfo<Attributes> {
  readonly inShapes: readonly Shape[];
  readonly outShape: Shape;
  readonly attributes: Attributes;
}

/** All that the library knows about one operation. */
export interface OpDefinition<Attributes> {
  /** As in PyTorch or NumPy, camelCase; errors and forbid() use it. */
  readonly name: string;
  /** The shape of the result, from the inputs' shapes; throws {@link ShapeError} if they do not fit. */
  shape(inShapes: readonly Shape[], attributes: Attributes): Shape;
  /** The dtype of the result. By default float32 if any input is, else int32. */
  dtype?(dtypes: readonly DType[], attributes: Attributes): DType;
  /** The plain kernel: fills `out`, which comes as zeros. Plain loops, nothing clever. */
  forward(out: TensorData, inputs: readonly TensorData[], info: KernelInfo<Attributes>): void;
}

/** An operation ready to use: `add([a, b])`, `sum([x], { axis: 0, keepDims: false })`. */
export interface Op<Attributes> {
  (inputs: readonly Tensor[], attributes: Attributes): Tensor;
  readonly opName: string;
}

/** Makes an operation from its definition. Shape rule, dtype rule and kernel stand in one place. */
export function defineOp<Attributes = void>(definition: OpDefinition<Attributes>): Op<Attributes> {
  const { name } = definition;
  const run = (inputs: readonly Tensor[], attributes: Attributes): Tensor => {
    guard(name);
    const inShapes = inputs.map((input) => input.shape);
    const dtypes = inputs.map((input) => input.dtype);
    const outShape = definition.shape(inShapes, attributes);
    const dtype = definition.dtype?.(dtypes, attributes) ?? promote(dtypes);
    const out = inputs[0].newZeros(outShape, dtype);
    const data = inputs.map((input) => input.data);
    definition.forward(out.data, data, { inShapes, outShape, attributes });
    return out;
  };
  return Object.assign(run, { opName: name });
}
