/** What a learner has to do, in which order, and how a grade came about, step by step. */
import type { ExerciseGrade, LearnerAssignment } from "@gradus/grader/service";

/** Where an assignment stands for a learner. */
export type DueState = "later" | "open" | "soon" | "late" | "done" | "closed";

/** An assignment is due soon in the last three days before it is. */
const SOON = 3 * 86_400_000;

export function stateOf(one: LearnerAssignment, now: number): DueState {
  const at = (iso: string | null) => (iso === null ? null : Date.parse(iso));
  const [unlock, due, lock] = [at(one.unlockAt), at(one.dueAt), at(one.lockAt)];
  if (unlock !== null && now < unlock) return "later";
  if (lock !== null && now > lock) return "closed";
  if (due === null) return "open";
  if (now > due) return handedIn(one) === one.exercises.length ? "done" : "late";
  return due - now < SOON ? "soon" : "open";
}

/** How many of an assignment's exercises were handed in. */
export const handedIn = (one: LearnerAssignment) =>
  one.grade.exercises.filter(({ attempts }) => attempts > 0).length;

/** What can still be done first, by its due date; then what is to come; then what is over, newest first. */
export function inOrder(list: readonly LearnerAssignment[], now: number): LearnerAssignment[] {
  const rank: Record<DueState, number> = {
    late: 0,
    soon: 0,
    open: 0,
    later: 1,
    done: 2,
    closed: 2,
  };
  const time = (one: LearnerAssignment) =>
    one.dueAt === null ? Number.POSITIVE_INFINITY : Date.parse(one.dueAt);
  return [...list].sort((a, b) => {
    const [x, y] = [rank[stateOf(a, now)], rank[stateOf(b, now)]];
    if (x !== y) return x - y;
    const by = time(a) === time(b) ? 0 : time(a) - time(b);
    return x === 2 ? -by : by;
  });
}

export interface Step {
  words: string;
  /** What stands at its end: points, or nothing. */
  points: string;
  kind: "start" | "change" | "result" | "remark";
}

const number = (value: number) => String(Math.round(value * 100) / 100);
const many = (count: number, one: string) => `${number(count)} ${one}${count === 1 ? "" : "s"}`;

/** How the score of an exercise came about, from the checks to what counts. */
export function stepsOf(
  grade: ExerciseGrade,
  rules: Pick<
    LearnerAssignment,
    "lateSubmissionDeduction" | "lateSubmissionMaximumDeduction" | "scoringPolicy"
  >,
  lateDaysUsed: number,
): Step[] {
  const { score, maxScore, attempt, attempts, daysLate, deducted, hand, override } = grade;
  if (score === null) return [];
  if (override)
    return [
      ...(override.instead === null
        ? []
        : [remark(`Without that it would be ${number(override.instead)}.`)]),
      {
        words: `Set by hand: ${override.reason}`,
        points: `${number(score)} of ${number(maxScore)}`,
        kind: "result",
      },
    ];
  const steps: Step[] = [];
  if (attempts > 1 && attempt !== null)
    steps.push(
      remark(
        `Attempt ${attempt} of ${attempts} counts: the ${rules.scoringPolicy === "keep_latest" ? "last" : "best"}.`,
      ),
    );
  const before = score + deducted;
  steps.push({
    words: "Checks passed",
    points: `${number(hand ? hand.checks : before)} of ${number(maxScore)}`,
    kind: "start",
  });
  const signed = (points: number) => `${points < 0 ? "−" : "+"}${number(Math.abs(points))}`;
  if (hand && hand.rubric !== 0)
    steps.push({ words: "What a reader marked", points: signed(hand.rubric), kind: "change" });
  if (hand && hand.manual !== 0)
    steps.push({ words: "Given by hand", points: signed(hand.manual), kind: "change" });
  if (daysLate > 0) {
    const used = Math.min(lateDaysUsed, daysLate);
    const counted = daysLate - used;
    if (used > 0)
      steps.push(
        remark(
          counted === 0
            ? `${many(daysLate, "day")} late, all covered by late days: nothing is taken off.`
            : `${many(daysLate, "day")} late, ${many(used, "late day")} used: ${many(counted, "day")} ${counted === 1 ? "counts" : "count"}.`,
        ),
      );
    const perDay = rules.lateSubmissionDeduction;
    if (counted > 0 && perDay > 0) {
      const percent = Math.min(counted * perDay, rules.lateSubmissionMaximumDeduction);
      const capped = percent < counted * perDay;
      steps.push({
        words: `${many(counted, "day")} late, ${number(perDay)} % a day${capped ? `, at most ${number(percent)} %` : ""}: ${number(percent)} % of ${number(maxScore)}`,
        points: `−${number(deducted)}`,
        kind: "change",
      });
    } else if (counted > 0)
      steps.push(remark(`${many(counted, "day")} late: nothing is taken off here.`));
  }
  steps.push({
    words: "Counts",
    points: `${number(score)} of ${number(maxScore)}`,
    kind: "result",
  });
  return steps;
}

const remark = (words: string): Step => ({ words, points: "", kind: "remark" });
