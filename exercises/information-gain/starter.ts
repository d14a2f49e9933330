import { todo } from "gradus";

/** How mixed a group is, in bits. */
function entropy(labels: string[]): number {
  return todo("from the share of each label");
}

/** How many bits a question saves. */
function gain(labels: string[], goesLeft: boolean[]): number {
  return todo("the entropy before, less the mean entropy of the two sides");
}
