import type { Report } from "@gradus/grader/checks";

/** What a receipt says. */
interface HandedIn {
  /** Where the submission is shown. */
  url: string;
  /** True when this very source had been handed in before. */
  duplicate: boolean;
  /** How long after the due date it came, such as `1 day 3 hours`. */
  late?: string;
}

/** What happens to an answer that is handed in from a notebook. */
export type HandInStep =
  | { at: "begun" }
  /** The starter is not handed in. */
  | { at: "nothing" }
  /** Not handed in, and what to do about it. */
  | { at: "refused"; message: string; hint?: string }
  /** Not handed in yet: it would cost something, which the learner has to agree to. */
  | { at: "asks"; exercise: string; attempt: number; costs: string[] }
  /** On its way; `over` when we stopped waiting for it. */
  | ({ at: "waiting"; state: string; over?: boolean; reason?: string } & HandedIn)
  /** Graded. `remarks`: attempts left, and what it is worth. */
  | ({ at: "done"; source: string; report: Report; remarks: string[] } & HandedIn);
