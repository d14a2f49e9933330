// What the chapters use of libraries that come without types.

declare module "ml-cart" {
  export class DecisionTreeClassifier {
    constructor(options?: {
      gainFunction?: "gini";
      splitFunction?: "mean";
      minNumSamples?: number;
      maxDepth?: number;
      gainThreshold?: number;
    });
    train(rows: number[][], labels: number[]): void;
    predict(rows: number[][]): number[];
  }
}

declare module "ml-logistic-regression" {
  import type { Matrix } from "ml-matrix";

  export default class LogisticRegression {
    constructor(options?: { numSteps?: number; learningRate?: number });
    train(x: Matrix, labels: Matrix): void;
    predict(x: Matrix): number[];
  }
}

declare module "libsvm-js/asm" {
  interface Options {
    type?: string;
    kernel?: string;
    cost?: number;
    gamma?: number;
    quiet?: boolean;
  }

  export default class SVM {
    static readonly SVM_TYPES: Record<
      "C_SVC" | "NU_SVC" | "ONE_CLASS" | "EPSILON_SVR" | "NU_SVR",
      string
    >;
    static readonly KERNEL_TYPES: Record<
      "LINEAR" | "POLYNOMIAL" | "RBF" | "SIGMOID" | "PRECOMPUTED",
      string
    >;
    constructor(options?: Options);
    train(rows: number[][], labels: number[]): void;
    predict(rows: number[][]): number[];
    getSVIndices(): number[];
    /** Gives back the memory that the model holds. */
    free(): void;
  }
}
