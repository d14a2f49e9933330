/** The library as notebooks, pages and exercises see it: `import { … } from "gradus"`. */

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
export * from "./data/augment.ts";
export * from "./data/batches.ts";
export * from "./data/dataset.ts";
export * from "./data/images.ts";
export * from "./data/prepare.ts";
export * from "./data/tables.ts";
export * from "./data/texts.ts";
export type { Displayable, MimeBundle } from "./display/bundle.ts";
export { Chart, chart } from "./display/chart/chart.ts";
export type {
  AxisOptions,
  BarSeries,
  ChartOptions,
  HeatmapSeries,
  LineSeries,
  Numbers,
  ScatterSeries,
  Series,
} from "./display/chart/model.ts";
export type { PlotlyFigure } from "./display/chart/plotly.ts";
export type { ColorName, MarkerShape } from "./display/chart/theme.ts";
export { Curve, type CurveOptions } from "./display/curve.ts";
export { type DisplayHandle, display } from "./display/display.ts";
export { Image, type ImageOptions, image } from "./display/image.ts";
export { html, Markup, markdown, svg, text } from "./display/markup.ts";
export { type ProgressOptions, progress } from "./display/progress.ts";
export { Table, type TableData, type TableOptions, table } from "./display/table.ts";
export type { DType, TensorData } from "./dtype.ts";
export { type EngineName, engine, setEngine } from "./engine/engine.ts";
export { setThreads, threads } from "./engine/threads.ts";
export { ForbiddenError, NotWrittenYet, todo } from "./forbid.ts";
export * from "./functional/attention.ts";
export * from "./functional/conv.ts";
export * from "./functional/dropout.ts";
export * from "./functional/einsum.ts";
export * from "./functional/embedding.ts";
export * from "./functional/join.ts";
export * from "./functional/loss.ts";
export type { Size2d } from "./functional/need.ts";
export * from "./functional/normalize.ts";
export * from "./functional/pool.ts";
export type { IndexPart } from "./functional/shape.ts";
export type { Sorted } from "./functional/sort.ts";
export * from "./functional/upsample.ts";
export { GradcheckError, type GradcheckOptions, gradcheck } from "./gradcheck.ts";
export { CheckpointError, loadCheckpoint, saveCheckpoint } from "./io/checkpoint.ts";
export {
  fromSafetensors,
  type Safetensors,
  SafetensorsError,
  toSafetensors,
} from "./io/safetensors.ts";
export * from "./models/index.ts";
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
export * from "./text/bpe.ts";
export * from "./text/characters.ts";
export { encodeTensor, type TokenIds, type Tokenizer } from "./text/tokenizer.ts";
export * from "./text/vocabulary.ts";
export { TraceError } from "./trace.ts";
