import { todo } from "gradus";

/** What is said at first, and what each stump adds. Change it as you like. */
type Boosted = {
  start: number;
  rate: number;
  stumps: { cut: number; left: number; right: number }[];
};

/** The mean, and then one stump a round, each fitted to what is still missing. */
function boost(values: number[], targets: number[], rounds: number, rate: number): Boosted {
  return todo("begin with the mean, then fit what is missing, round by round");
}

/** What the model answers for a value. */
function predict(model: Boosted, value: number): number {
  return todo("add up what the stumps say");
}
