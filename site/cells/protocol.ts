/** What the page and the worker that runs its cells say to each other. Only data crosses. */

export type MimeBundle = Record<string, unknown>;

/** One thing a cell put out, in the order it came. */
export type CellOutput =
  | { kind: "stream"; name: "stdout" | "stderr"; text: string }
  | {
      kind: "display";
      data: MimeBundle;
      metadata?: Record<string, unknown>;
      displayId?: string;
      /** Replaces the output that carries this displayId, wherever it is. */
      update?: boolean;
    };

export interface CellFailure {
  name: string;
  message: string;
  /** Where in the cell, counted from 1. */
  line?: number;
  column?: number;
  /** The cell the line belongs to, when it is another one than the cell that ran. */
  cell?: string;
  hint?: string;
}

export interface RunRequest {
  type: "run";
  run: number;
  id: string;
  source: string;
}

/** What a worker cannot fetch and the page can: a data pack, a file of the library. */
export interface Supplies {
  pack: Uint8Array;
  code: string;
}

/** How the page gets each. What fails says why, in words for the learner. */
export type Suppliers = {
  readonly [Kind in keyof Supplies]: (name: string) => Promise<Supplies[Kind]>;
};

type Answer = {
  [Kind in keyof Supplies]: { type: Kind; name: string } & (
    | { answer: Supplies[Kind] }
    | { error: string }
  );
}[keyof Supplies];

/** What a worker is told: run a cell; here is what a cell asked for, or why there is none. */
export type ToWorker = RunRequest | Answer;

export type FromWorker =
  | { type: "ready" }
  | { type: keyof Supplies; name: string }
  | { type: "output"; run: number; outputs: CellOutput[] }
  | { type: "done"; run: number; milliseconds: number; failure?: CellFailure };

/** What one run may put out before the rest is dropped, so that no loop can hang the page. */
export const limits = {
  /** characters of text */
  text: 200_000,
  /** displays, updates in place not counted */
  displays: 200,
  /** characters of one display, as JSON */
  display: 8_000_000,
} as const;
