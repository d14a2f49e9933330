/** Every model, and what is done with them: all that an exercise can forbid here. */
export * from "./alexnet.ts";
export * from "./generate.ts";
export * from "./lenet.ts";
export * from "./mlp.ts";
export * from "./perceptron.ts";
export * from "./resnet.ts";
export * from "./rnn.ts";
