/**
 * What a notebook's completion knows. Compiled, not run: by tslab's TypeScript 5.0 and by the
 * course's own. A type that had become `any` would pass every use, so each is compared exactly.
 */
import {
  Adam,
  arange,
  augment,
  batches,
  CharTokenizer,
  type Compiled,
  CosineAnnealingLR,
  chart,
  clipGradNorm,
  cmudict,
  compile,
  concat,
  conv2d,
  crossEntropy,
  type Dataset,
  type DisplayHandle,
  display,
  einsum,
  firstNames,
  GPT,
  grad,
  type Iris,
  image,
  init,
  iris,
  Linear,
  LSTM,
  MLP,
  Module,
  MultiHeadAttention,
  mnist,
  mobyDick,
  noGrad,
  Parameter,
  Perceptron,
  penguins,
  Rng,
  randomHorizontalFlip,
  randomShift,
  resnet18,
  Sequential,
  type Shape,
  type StateDict,
  spam,
  standardize,
  summary,
  Table,
  Tensor,
  table,
  tensor,
  todo,
  trainTestSplit,
} from "gradus";
import { forbid } from "gradus/host";

type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles only if the value has exactly this type. */
function exactly<Type>() {
  return <Value>(_value: Value, _same: Equal<Value, Type>): void => {};
}

const x = tensor([
  [1, 2],
  [3, 4],
]);
exactly<Tensor>()(x, true);
exactly<Shape>()(x.shape, true);
exactly<readonly number[]>()(x.shape, true);
exactly<Float32Array | Int32Array | Uint8Array>()(x.data, true);
exactly<"float32" | "int32" | "bool">()(x.dtype, true);
exactly<number>()(x.item(), true);
exactly<number>()(x.at(0, 0), true);
exactly<number>()(x.data[0], true);
exactly<Tensor>()(x.matmul(x).add(1).sum(0, { keepDims: true }), true);
exactly<Tensor>()(arange(3), true);
for (const row of x) exactly<Tensor>()(row, true);

const rng = new Rng(1);
exactly<number>()(rng.next(), true);
exactly<Tensor>()(rng.normal([2, 3]), true);
exactly<string[]>()(rng.shuffle(["a", "b"]), true);

const birds = penguins();
exactly<"Adelie" | "Chinstrap" | "Gentoo">()(birds.rows[0].species, true);
exactly<number | null>()(birds.rows[0].bodyMass, true);
exactly<number>()(birds.dropMissing().rows[0].bodyMass, true);
exactly<"female" | "male">()(birds.dropMissing().rows[0].sex, true);
const measured = birds.dropMissing("bodyMass");
exactly<number>()(measured.rows[0].bodyMass, true);
exactly<number | null>()(measured.rows[0].billDepth, true);
exactly<number[]>()(measured.values("bodyMass"), true);
exactly<Tensor>()(measured.toTensor("bodyMass", "billDepth"), true);
exactly<number>()(iris().rows[0].petalLength, true);
const kept = iris().filter((row) => row.species === "setosa");
exactly<number>()(kept.rows[0].sepalWidth, true);
exactly<Dataset<Iris>>()(iris(), true);
for (const flower of iris()) exactly<Iris>()(flower, true);

const model = new Perceptron(2, { learningRate: 0.1 });
exactly<Tensor>()(model.weights, true);
exactly<number>()(model.bias, true);
exactly<-1 | 1>()(model.predict([1, 2]), true);
exactly<Tensor>()(model.predict(x), true);
exactly<boolean>()(model.update([1, 2], 1), true);
exactly<number[]>()(model.fit(x, [1, -1], { epochs: 3, rng }).mistakes, true);
exactly<Tensor>()(standardize(x).x, true);
exactly<Tensor>()(trainTestSplit(x, arange(2), { rng, testSize: 0.5 }).yTest, true);

async function data(): Promise<void> {
  const { train } = await mnist();
  exactly<Tensor>()(train.x, true);
  for (const batch of batches(train, 64, rng)) {
    exactly<"x" | "y">()(Object.keys(batch)[0] as keyof typeof batch, true);
    exactly<Tensor>()(batch.x, true);
  }
  exactly<number>()(batches({ x }, 2, { rng, dropLast: true }).length, true);
  exactly<Tensor>()(augment(randomShift(2), randomHorizontalFlip())(train.x, rng), true);
  exactly<"female" | "male">()((await firstNames()).rows[0].gender, true);
  exactly<readonly string[]>()((await cmudict()).rows[0].phones, true);
  exactly<0 | 1>()((await spam()).rows[0].spam, true);
  exactly<string>()((await mobyDick()).text, true);
  // @ts-expect-error there is no such tensor
  for (const { z } of batches(train, 64, rng)) display(z);
  // @ts-expect-error a text is not a number
  (await spam()).toTensor("text");
}

exactly<DisplayHandle>()(display(x), true);
exactly<Table>()(table(birds), true);
table({ a: [1], b: Float32Array.of(1), c: tensor([1]) });
chart({ series: [{ kind: "line", y: x.row(0) }] });
image(x, { alt: "four pixels" });
exactly<number>()(
  forbid(["sum"], () => 1),
  true,
);
exactly<Promise<number>>()(
  forbid(["sum"], async () => 1),
  true,
);
const never: () => string = () => todo();
exactly<string>()(never(), true);

// Gradients.
const w = tensor([1, 2], { requiresGrad: true });
exactly<boolean>()(w.requiresGrad, true);
exactly<Tensor>()(w.grad, true);
exactly<Tensor[]>()(grad(w.sum(), [w], { createGraph: true }), true);
exactly<number>()(
  noGrad(() => 1),
  true,
);
exactly<() => void>()(
  w.registerHook((g) => g.mul(2)),
  true,
);
w.grad = null;

// Operations and losses.
exactly<Tensor>()(concat([x, x], 1), true);
exactly<Tensor>()(einsum("ij,jk->ik", x, x), true);
exactly<Tensor>()(conv2d(x, x, { stride: 2, padding: [1, 1] }), true);
exactly<Tensor>()(x.sum([0, 1], { keepDims: true }).softmax(-1).gelu(), true);
exactly<Tensor>()(x.topk(2).values, true);
exactly<Tensor>()(crossEntropy(x, x.argmax(1), { labelSmoothing: 0.1 }), true);

// Modules, as a learner writes them.
class Block extends Module {
  readonly norm = new Sequential(new Linear(2, 2, rng));
  readonly scale: Parameter = new Parameter(x.row(0));
  override forward(input: Tensor): Tensor {
    return this.norm.forward(input).mul(this.scale);
  }
}
const block = new Block();
exactly<Tensor>()(block.forward(x), true);
exactly<Parameter[]>()(block.parameters(), true);
exactly<Block>()(block.train().eval(), true);
exactly<StateDict>()(block.stateDict(), true);
exactly<Table>()(summary(block, x), true);
exactly<Tensor>()(new LSTM(2, 3, rng).forward(x).output, true);
exactly<Tensor>()(new MultiHeadAttention(4, 2, rng).forward(x), true);
exactly<Tensor>()(new MLP([2, 3, 1], rng).forward(x), true);
exactly<Tensor>()(resnet18({ classes: 10 }).forward(x), true);
exactly<Tensor>()(
  new GPT({ vocabulary: 9, context: 4, width: 4, heads: 2, layers: 1 }).forward(x),
  true,
);
init.xavierUniform(block.scale, { rng });

// A training step, as in the course.
const optimizer = new Adam(block.parameters(), { lr: 1e-3 });
const schedule = new CosineAnnealingLR(optimizer, { tMax: 10 });
const step = compile((input: Tensor, target: Tensor) => {
  const loss = crossEntropy(block.forward(input), target);
  optimizer.zeroGrad();
  loss.backward();
  clipGradNorm(block.parameters(), 1);
  optimizer.step();
  schedule.step();
  return loss;
});
exactly<Compiled<[input: Tensor, target: Tensor], Tensor>>()(step, true);
exactly<number>()(step(x, x).item(), true);
exactly<number[]>()(CharTokenizer.from("text").encode("et"), true);

// What must not compile, as a learner would write it.
// @ts-expect-error a mass may be missing
birds.rows[0].bodyMass.toFixed();
// @ts-expect-error there is no such column
birds.values("wings");
// @ts-expect-error species is not a number
birds.toTensor("species");
// @ts-expect-error there is no such kind of series
chart({ series: [{ kind: "pie", y: [1] }] });
// @ts-expect-error a shape is an array
rng.normal(3);
// @ts-expect-error an array is not a tensor
x.add([1, 2]);
// @ts-expect-error a missing value is not a number
tensor([1, null]);

// @ts-expect-error a layer is not a function
new Linear(2, 2)(x);
// @ts-expect-error a width is a number
new Linear("2", 2);
// @ts-expect-error there is no such setting
new Adam(block.parameters(), { learningRate: 1 });

export const used = [Table, Tensor, data];
