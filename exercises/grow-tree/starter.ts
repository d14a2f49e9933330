import { todo } from "gradus";

/** A leaf, or a question with what follows on either side. Change it as you like. */
type Tree = { answer: number } | { feature: number; cut: number; left: Tree; right: Tree };

/** A tree of at most `depth` questions one below the other, with at least `minLeaf` points in each leaf. */
function grow(points: number[][], labels: number[], depth: number, minLeaf: number): Tree {
  return todo("find the best question, divide, and grow both sides");
}

/** The answer of the leaf in which the point ends. */
function classify(tree: Tree, point: number[]): number {
  return todo("walk down from question to question");
}
