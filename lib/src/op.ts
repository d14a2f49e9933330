import { AutogradError, type InputGradient, isRecording } from "./autograd.ts";
import { allocate, type DType, promote, type TensorData } from "./dtype.ts";
import { runFast } from "./engine/engine.ts";
import { guard } from "./forbid.ts";
import { changesSoFar } from "./memory.ts";
import { Scoped } from "./scope.ts";
import { type Shape, ShapeError, sizeOf } from "./shape.ts";
import type { Tensor } from "./tensor.ts";
import { isTracing, traceOp } from "./trace.ts";

/** What a kernel may want to know besides the numbers. */
export interface KernelInfo<Attributes> {
  readonly inShapes: readonly Shape[];
  readonly outShape: Shape;
  readonly attributes: Attributes;
}

/** What a gradient rule may want to know besides the gradient. */
export interface BackwardInfo<Attributes> {
  readonly inputs: readonly Tensor[];
  readonly output: Tensor;
  readonly attributes: Attributes;
}

/** All that the library knows about one operation. */
export interface OpDefinition<Attributes> {
  /** As in PyTorch or NumPy, camelCase; errors and forbid() use it. */
  readonly name: string;
  /**
   * The shape of the result, from the inputs' shapes. Where they do not fit, `refuse` throws a
   * {@link ShapeError} that names the operation and the shapes.
   */
  shape(
    inShapes: readonly Shape[],
    attributes: Attributes,
    refuse: (why: string, hint?: string) => never,
  ): Shape;
  /** The dtype of the result, "same" as the first input's. By default float32 if any is, else int32. */
  readonly dtype?: DType | "same" | ((dtypes: readonly DType[], attributes: Attributes) => DType);
  /** The plain kernel: fills `out`, which comes as zeros. Plain loops, nothing clever. */
  forward(out: TensorData, inputs: readonly TensorData[], info: KernelInfo<Attributes>): void;
  /** A look at the numbers before they are used; throws if they will not do. */
  check?(inputs: readonly TensorData[], info: KernelInfo<Attributes>): void;
  /** The kernel changes the first input instead of filling a result: an optimizer's update. */
  readonly inPlace?: boolean;
  /** The kernel draws from a generator, so that even a result that nobody reads has to be made. */
  readonly draws?: boolean;
  /** Where the result's numbers already lie in order in the first input: that part, not copied. */
  view?(data: TensorData, info: KernelInfo<Attributes>): TensorData | undefined;
  /**
   * The gradient for each input, from the gradient for the result and of the input's shape;
   * `null` for an input that has none, a function where it costs something. Written with tensor
   * operations, so that it can be differentiated in turn.
   */
  backward?(gradient: Tensor, info: BackwardInfo<Attributes>): readonly InputGradient[];
}

/** An operation ready to use: `add([a, b])`, `sum([x], { axis: 0, keepDims: false })`. */
export interface Op<Attributes> {
  (inputs: readonly Tensor[], attributes: Attributes): Tensor;
  readonly opName: string;
  /** Whether it has a gradient. */
  readonly differentiable: boolean;
}

/** Sees each operation when it has been done. */
export type OpWatcher = (name: string, inputs: readonly Tensor[], output: Tensor) => void;

const watcher = new Scoped<OpWatcher | undefined>(undefined);

/** Runs a function, and has each operation in it seen by `watch`. */
export function watchOps<T>(watch: OpWatcher, run: () => T): T {
  return watcher.with(watch, run);
}

/** Makes an operation from its definition: shape rule, kernel and gradient stand in one place. */
export function defineOp<Attributes = void>(definition: OpDefinition<Attributes>): Op<Attributes> {
  const { name, dtype = promote } = definition;
  const run = (inputs: readonly Tensor[], attributes: Attributes): Tensor => {
    guard(name);
    const inShapes = inputs.map((input) => input.shape);
    const outShape = definition.shape(inShapes, attributes, (why, hint) => {
      throw new ShapeError(name, inShapes, why, hint);
    });
    const info = { inShapes, outShape, attributes };
    const data = inputs.map((input) => input.storage);
    const recorded = isTracing();
    if (!recorded) definition.check?.(data, info);
    if (definition.inPlace) {
      if (!recorded && !runFast(name, inputs[0].dtype, data, info))
        definition.forward(data[0], data, info);
      inputs[0].memory.changed();
      traceOp({ definition, inputs, output: inputs[0], info, view: true });
      return inputs[0];
    }
    let out = definition.view?.(data[0], info);
    const view = out !== undefined;
    if (!out) {
      const dtypes = inputs.map((input) => input.dtype);
      const own = typeof dtype === "function" ? dtype(dtypes, attributes) : dtype;
      const outType = own === "same" ? dtypes[0] : own;
      // What is recorded is worked out when the record is run, not before.
      out = recorded ? undefined : runFast(name, outType, data, info);
      if (!out) {
        out = allocate(outType, sizeOf(outShape), name);
        if (!recorded) definition.forward(out, data, info);
      }
    }
    const output = inputs[0].newTensor(out, outShape, view);
    if (output.dtype === "float32" && isRecording() && inputs.some((input) => input.requiresGrad))
      output.node = {
        op: name,
        inputs,
        attributes,
        madeAt: changesSoFar(),
        backward: (gradient) => {
          if (!definition.backward)
            throw new AutogradError(
              `${name}: has no gradient\n  hint: leave it out of the way, with detach() or noGrad()`,
            );
          return definition.backward(gradient, { inputs, output, attributes });
        },
      };
    traceOp({ definition, inputs, output, info, view });
    watcher.value?.(name, inputs, output);
    return output;
  };
  return Object.assign(run, { opName: name, differentiable: definition.backward !== undefined });
}
