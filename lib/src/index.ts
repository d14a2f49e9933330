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
export {
  arange,
  eye,
  full,
  linspace,
  oneHot,
  ones,
  type RandomOptions,
  rand,
  randint,
  randn,
  type TensorLike,
  type TensorOptions,
  tensor,
  zeros,
} from "./create.ts";
export {
  type Augmentation,
  augment,
  gaussianNoise,
  randomCrop,
  randomHorizontalFlip,
  randomRotation,
  randomShift,
} from "./data/augment.ts";
export { type Batch, type Batches, type BatchOptions, batches } from "./data/batches.ts";
export {
  type Column,
  type Complete,
  Dataset,
  type NumericField,
  type Provenance,
} from "./data/dataset.ts";
export { fashionMnist, type ImageSets, LabeledImages, mnist } from "./data/images.ts";
export { type Split, type Standardized, standardize, trainTestSplit } from "./data/prepare.ts";
export { type Iris, iris, type Penguin, penguins } from "./data/tables.ts";
export {
  Book,
  type Chapter,
  cmudict,
  type FirstName,
  firstNames,
  type Mail,
  mobyDick,
  type Pronunciation,
  spam,
} from "./data/texts.ts";
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
export { ForbiddenError, NotWrittenYet, todo } from "./forbid.ts";
export { type AttentionOptions, scaledDotProductAttention } from "./functional/attention.ts";
export {
  type Conv1dOptions,
  type Conv2dOptions,
  type ConvTranspose2dOptions,
  conv1d,
  conv2d,
  convTranspose2d,
} from "./functional/conv.ts";
export { type DropoutOptions, dropout } from "./functional/dropout.ts";
export { einsum } from "./functional/einsum.ts";
export { embedding } from "./functional/embedding.ts";
export { concat, stack } from "./functional/join.ts";
export {
  type BinaryCrossEntropyOptions,
  binaryCrossEntropyWithLogits,
  type CrossEntropyOptions,
  crossEntropy,
  type HuberLossOptions,
  huberLoss,
  type KlDivLossOptions,
  klDivLoss,
  type LossOptions,
  type LossReduction,
  l1Loss,
  mseLoss,
  type NllLossOptions,
  nllLoss,
} from "./functional/loss.ts";
export type { Size2d } from "./functional/need.ts";
export {
  type BatchNormOptions,
  batchNorm,
  groupNorm,
  type LayerNormOptions,
  layerNorm,
  type NormOptions,
  type RmsNormOptions,
  rmsNorm,
} from "./functional/normalize.ts";
export {
  adaptiveAvgPool1d,
  adaptiveAvgPool2d,
  adaptiveMaxPool1d,
  adaptiveMaxPool2d,
  avgPool1d,
  avgPool2d,
  maxPool1d,
  maxPool2d,
  type Pool1dOptions,
  type Pool2dOptions,
} from "./functional/pool.ts";
export type { IndexPart } from "./functional/shape.ts";
export type { Sorted } from "./functional/sort.ts";
export { type UpsampleOptions, upsample } from "./functional/upsample.ts";
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
export {
  type BPEEncodeOptions,
  BPETokenizer,
  type BPETokenizerJSON,
  type BPETrainOptions,
  pretokenize,
} from "./text/bpe.ts";
export { CharTokenizer } from "./text/characters.ts";
export { encodeTensor, type TokenIds, type Tokenizer } from "./text/tokenizer.ts";
export { Vocabulary, type VocabularyJSON, type VocabularyOptions } from "./text/vocabulary.ts";
export { TraceError } from "./trace.ts";
