/** What trains a network: a page loads this with the first cell that needs the library. */
export {
  AutogradError,
  type BackwardOptions,
  type GradientHook,
  type GraphNode,
  grad,
  type InputGradient,
  noGrad,
} from "./autograd.ts";
export { type Compiled, type CompileOptions, compile } from "./compile/compile.ts";
export { Graph, type GraphStep } from "./compile/graph.ts";
export * from "./create.ts";
export * from "./data/batches.ts";
export type { DType, TensorData } from "./dtype.ts";
export { type EngineName, engine, setEngine } from "./engine/engine.ts";
export { setThreads, threads } from "./engine/threads.ts";
export { ForbiddenError, NotWrittenYet, todo } from "./forbid.ts";
export * from "./functional/attention.ts";
export * from "./functional/conv.ts";
export * from "./functional/dropout.ts";
export * from "./functional/embedding.ts";
export * from "./functional/join.ts";
export * from "./functional/loss.ts";
export type { Size2d } from "./functional/need.ts";
export * from "./functional/normalize.ts";
export * from "./functional/pool.ts";
export type { IndexPart } from "./functional/shape.ts";
export type { Sorted } from "./functional/sort.ts";
export * from "./functional/upsample.ts";
export * from "./models/mlp.ts";
export * from "./nn/index.ts";
export {
  type BackwardInfo,
  defineOp,
  type KernelInfo,
  type Op,
  type OpDefinition,
} from "./op.ts";
export type { GeluAttributes } from "./ops/activations.ts";
export { clipGradNorm, clipGradValue } from "./optim/clip.ts";
export {
  type LiveGroup,
  Optimizer,
  type OptimizerOptions,
  type OptimizerState,
  type ParamGroup,
  type Params,
  type UpdateRule,
} from "./optim/optimizer.ts";
export {
  Adagrad,
  type AdagradOptions,
  Adam,
  type AdamOptions,
  AdamW,
  RMSprop,
  type RMSpropOptions,
  SGD,
  type SGDOptions,
} from "./optim/optimizers.ts";
export { Schedule, type ScheduleState } from "./optim/schedule.ts";
export {
  CosineAnnealingLR,
  LambdaLR,
  LinearLR,
  OneCycleLR,
  type OneCycleOptions,
  StepLR,
  WarmupCosineLR,
} from "./optim/schedules.ts";
export { defaultRng, manualSeed, Rng } from "./random.ts";
export { type Shape, ShapeError } from "./shape.ts";
export {
  type Axes,
  type NestedArray,
  type ReduceOptions,
  type SpreadOptions,
  Tensor,
} from "./tensor.ts";
export { TraceError } from "./trace.ts";
