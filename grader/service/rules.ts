/**
 * From what was handed in, and the rules, to a grade, and to the words that explain it. Nothing here
 * reads a clock or a store: the same facts give the same grade, today and in ten years.
 *
 * The words are those of Canvas (unlock, due, lock; keep highest; late submission deduction) and of
 * nbgrader (score, max score).
 */
import { daysLate, endOfLateDay, sayTime } from "./zoned.ts";

/** Which of several attempts at an exercise counts. */
export type ScoringPolicy = "keep_highest" | "keep_latest";

/** What holds for everybody who works on an assignment. */
export interface Rules {
  /** Nothing can be handed in before this. */
  unlockAt: Date | null;
  /** What comes after this is late; what comes at this very millisecond is not. */
  dueAt: Date | null;
  /** Nothing can be handed in after this. */
  lockAt: Date | null;
  /** At each exercise; null: as many as one likes. */
  allowedAttempts: number | null;
  /** How long one has to wait between two attempts at an exercise. */
  cooldownSeconds: number;
  scoringPolicy: ScoringPolicy;
  /** Percent of an exercise's points that are taken off for each late day, a begun one counted whole. */
  lateSubmissionDeduction: number;
  /** The most percent that lateness takes off. */
  lateSubmissionMaximumDeduction: number;
  /** How many of one's late days this assignment may use up; null: all that are left. */
  maximumLateDays: number | null;
  /** What each exercise is worth here, and how much of that a person gives, not the checks (default: 0). */
  exercises: readonly { exercise: string; points: number; handPoints?: number }[];
}

/** What is different for one learner; what is null stays as it is for all. */
export interface Extension {
  unlockAt: Date | null;
  dueAt: Date | null;
  lockAt: Date | null;
  extraAttempts: number;
}

/** One submission that counts for a learner: their own, or their group's. */
export interface Attempt {
  submission: string;
  exercise: string;
  receivedAt: Date;
  /** Null until graded. */
  verdict: { points: number; max: number } | null;
  /** True when the grader itself failed on it: such an attempt is not held against anybody. */
  fault: boolean;
  /** What a person gave and took, where somebody graded it by hand. */
  hand?: { rubric: number; manual: number };
}

/** A score that stands whatever else says otherwise, and why. */
export interface Override {
  score: number;
  reason: string;
}

/** Why something cannot be handed in now. */
export type Hindrance =
  | { code: "not_open_yet" | "closed"; at: Date }
  | { code: "no_attempts_left"; allowed: number }
  | { code: "cooling_down"; until: Date };

/** What a learner has for one exercise of an assignment. */
export interface ExerciseGrade {
  exercise: string;
  /** After the deduction; null while there is nothing graded that could count. */
  score: number | null;
  maxScore: number;
  /** The submission that counts. */
  submission: string | null;
  /** Which of the learner's attempts that is, from 1. */
  attempt: number | null;
  attempts: number;
  /** How many attempts are not graded yet. */
  waiting: number;
  /** Begun days after the due date. */
  daysLate: number;
  /** Points taken off for lateness. */
  deducted: number;
  /** What a score by hand is made of, before the deduction. */
  hand?: { checks: number; rubric: number; manual: number };
  /** Set when the score was decided otherwise; `instead` is what it would be. */
  override?: Override & { instead: number | null };
  explanation: string;
}

/** What a learner has for an assignment. */
export interface AssignmentGrade {
  /** The sum over the exercises; null while nothing that counts is graded. */
  score: number | null;
  maxScore: number;
  lateDaysUsed: number;
  /** How many attempts are not graded yet, so that the score may change. */
  waiting: number;
  exercises: ExerciseGrade[];
  explanation: string;
}

/** A learner's budget of late days, as it is when an assignment comes to it. */
export interface LateDays {
  /** The whole budget of the course. */
  budget: number;
  /** What assignments that were due earlier have used up. */
  usedBefore: number;
}

/** The rules for one learner. With a later due date the assignment stays open at least so long. */
export function rulesFor(rules: Rules, extension: Extension | undefined): Rules {
  if (!extension) return rules;
  const { unlockAt, dueAt, lockAt, extraAttempts } = extension;
  const { allowedAttempts } = rules;
  return {
    ...rules,
    unlockAt: unlockAt ?? rules.unlockAt,
    dueAt: dueAt ?? rules.dueAt,
    lockAt: lockAt ?? (rules.lockAt && dueAt && dueAt > rules.lockAt ? dueAt : rules.lockAt),
    allowedAttempts: allowedAttempts === null ? null : allowedAttempts + extraAttempts,
  };
}

/**
 * What stands in the way of handing in now, if anything.
 * @param attempts the earlier ones at this exercise, in their order
 */
export function hindrance(
  rules: Rules,
  attempts: readonly Attempt[],
  now: Date,
): Hindrance | undefined {
  const { unlockAt, lockAt, allowedAttempts, cooldownSeconds } = rules;
  if (unlockAt && now < unlockAt) return { code: "not_open_yet", at: unlockAt };
  if (lockAt && now > lockAt) return { code: "closed", at: lockAt };
  const counted = attempts.filter((attempt) => !attempt.fault);
  if (allowedAttempts !== null && counted.length >= allowedAttempts)
    return { code: "no_attempts_left", allowed: allowedAttempts };
  const last = counted.at(-1);
  if (last && cooldownSeconds > 0) {
    const until = new Date(last.receivedAt.getTime() + cooldownSeconds * 1000);
    if (now < until) return { code: "cooling_down", until };
  }
  return undefined;
}

/** A hindrance in words, for the person who meets it. */
export function sayHindrance(found: Hindrance, zone: string, now: Date): string {
  switch (found.code) {
    case "not_open_yet":
      return `it opens on ${sayTime(found.at, zone)}`;
    case "closed":
      return `it closed on ${sayTime(found.at, zone)}`;
    case "no_attempts_left":
      return found.allowed === 1
        ? "the one attempt there is has been made"
        : `all ${found.allowed} attempts have been made`;
    case "cooling_down":
      return `the next attempt may be made in ${sayDuration(found.until.getTime() - now.getTime())}, at ${sayTime(found.until, zone)}`;
  }
}

/**
 * The grade of one assignment. Late days are used by themselves: as few as give the highest score.
 * @param rules those for this learner
 * @param attempts all of the assignment's, in the order they came
 * @param overrides by exercise
 */
export function gradeAssignment(
  rules: Rules,
  attempts: readonly Attempt[],
  lateDays: LateDays,
  zone: string,
  overrides: ReadonlyMap<string, Override> = new Map(),
): AssignmentGrade {
  const left = Math.max(0, lateDays.budget - lateDays.usedBefore);
  const lateness = new Map(
    attempts.map((attempt) => [
      attempt,
      rules.dueAt ? daysLate(rules.dueAt, attempt.receivedAt, zone) : 0,
    ]),
  );
  const usable = Math.min(left, rules.maximumLateDays ?? left, Math.max(0, ...lateness.values()));
  const byExercise = new Map<string, Attempt[]>();
  for (const attempt of attempts) {
    if (attempt.fault && !attempt.hand) continue;
    const same = byExercise.get(attempt.exercise);
    if (same) same.push(attempt);
    else byExercise.set(attempt.exercise, [attempt]);
  }
  const total = (used: number) => {
    let sum = 0;
    for (const part of rules.exercises)
      sum +=
        overrides.get(part.exercise)?.score ??
        counting(rules, part, byExercise.get(part.exercise) ?? [], lateness, used)?.score ??
        0;
    return round(sum);
  };
  let lateDaysUsed = 0;
  let best = total(0);
  for (let used = 1; used <= usable; used++) {
    const score = total(used);
    if (score > best) [best, lateDaysUsed] = [score, used];
  }

  const exercises = rules.exercises.map((part): ExerciseGrade => {
    const { exercise, points, handPoints = 0 } = part;
    const made = byExercise.get(exercise) ?? [];
    const counts = counting(rules, part, made, lateness, lateDaysUsed);
    const override = overrides.get(exercise);
    const waiting = made.filter((attempt) => !attempt.verdict).length;
    const grade = {
      exercise,
      score: override?.score ?? counts?.score ?? null,
      maxScore: points,
      submission: counts?.attempt.submission ?? null,
      attempt: counts ? made.indexOf(counts.attempt) + 1 : null,
      attempts: made.length,
      waiting,
      daysLate: counts ? (lateness.get(counts.attempt) ?? 0) : 0,
      deducted: counts?.deducted ?? 0,
      ...(counts?.hand ? { hand: counts.hand } : {}),
      ...(override ? { override: { ...override, instead: counts?.score ?? null } } : {}),
    };
    const receivedAt = counts?.attempt.receivedAt ?? null;
    return {
      ...grade,
      explanation: explain(grade, receivedAt, rules, handPoints, lateDaysUsed, lateDays, zone),
    };
  });
  const graded = exercises.some((exercise) => exercise.score !== null);
  const maxScore = round(rules.exercises.reduce((sum, { points }) => sum + points, 0));
  const waiting = exercises.reduce((sum, exercise) => sum + exercise.waiting, 0);
  const parts = [
    graded
      ? `${best} of ${say(maxScore, "point")}`
      : waiting > 0
        ? "not graded yet"
        : "nothing handed in",
  ];
  if (lateDaysUsed > 0) {
    parts.push(`${sayUsed(lateDaysUsed, lateDays)}, ${left - lateDaysUsed} left`);
  }
  if (graded && waiting > 0)
    parts.push(`${say(waiting, "submission")} not graded yet, so this may change`);
  return {
    score: graded ? best : null,
    maxScore,
    lateDaysUsed,
    waiting,
    exercises,
    explanation: parts.join("; "),
  };
}

/**
 * The grades of one learner in all assignments of a course, in the order of `works`. Late days go to
 * assignments in the order of their due dates, so what comes later never changes what was earlier.
 */
export function gradeCourse(
  course: { lateDays: number; timeZone: string },
  works: readonly {
    rules: Rules;
    attempts: readonly Attempt[];
    overrides?: ReadonlyMap<string, Override>;
  }[],
): { grades: AssignmentGrade[]; lateDaysUsed: number } {
  const dueFirst = works
    .map(({ rules }, index) => ({ index, due: rules.dueAt?.getTime() ?? Number.POSITIVE_INFINITY }))
    .sort((a, b) => (a.due === b.due ? a.index - b.index : a.due - b.due));
  const grades: AssignmentGrade[] = [];
  let usedBefore = 0;
  for (const { index } of dueFirst) {
    const { rules, attempts, overrides } = works[index];
    const late = { budget: course.lateDays, usedBefore };
    grades[index] = gradeAssignment(rules, attempts, late, course.timeZone, overrides);
    usedBefore += grades[index].lateDaysUsed;
  }
  return { grades, lateDaysUsed: usedBefore };
}

/** Points as they are shown and added: to the hundredth, halves upward. */
export function round(points: number): number {
  // 1.005 is a little less than that in binary, and still half a hundredth to everybody who reads it.
  return Math.round(Number((points * 100).toFixed(6))) / 100;
}

interface Counting {
  attempt: Attempt;
  score: number;
  deducted: number;
  hand?: ExerciseGrade["hand"];
}

/**
 * The attempt that counts: the best after deductions (of equals the first), or the last. Where some
 * were graded by hand it is one of those: what a reader took off is not had back by an older attempt.
 */
function counting(
  rules: Rules,
  { points, handPoints = 0 }: Rules["exercises"][number],
  made: readonly Attempt[],
  lateness: ReadonlyMap<Attempt, number>,
  lateDaysUsed: number,
): Counting | undefined {
  const byHand = made.filter((attempt) => attempt.hand);
  const attempts = byHand.length > 0 ? byHand : made;
  const score = (attempt: Attempt): Counting | undefined => {
    if (!attempt.verdict) return undefined;
    const { points: got, max } = attempt.verdict;
    const checks = max > 0 ? round(((points - handPoints) * got) / max) : 0;
    const hand = attempt.hand && { checks, ...attempt.hand };
    const earned = hand ? round(Math.max(0, checks + hand.rubric + hand.manual)) : checks;
    const days = Math.max(0, (lateness.get(attempt) ?? 0) - lateDaysUsed);
    const percent = Math.min(
      days * rules.lateSubmissionDeduction,
      rules.lateSubmissionMaximumDeduction,
    );
    const after = round(Math.max(0, earned - (points * percent) / 100));
    return { attempt, score: after, deducted: round(earned - after), ...(hand ? { hand } : {}) };
  };
  if (rules.scoringPolicy === "keep_latest") {
    const last = attempts.at(-1);
    return last && score(last);
  }
  let best: Counting | undefined;
  for (const attempt of attempts) {
    const one = score(attempt);
    if (one && (!best || one.score > best.score)) best = one;
  }
  return best;
}

function explain(
  grade: Omit<ExerciseGrade, "explanation">,
  receivedAt: Date | null,
  rules: Rules,
  handPoints: number,
  lateDaysUsed: number,
  lateDays: LateDays,
  zone: string,
): string {
  const { score, maxScore, attempts, attempt, waiting, hand, override } = grade;
  if (override) {
    const instead = override.instead === null ? "" : `, in place of ${override.instead}`;
    return `set to ${score} of ${say(maxScore, "point")}${instead}: ${override.reason}`;
  }
  if (attempts === 0) return "not handed in";
  if (score === null || !receivedAt) return "handed in, not graded yet";
  const parts = [];
  const whole = `${score} of ${say(maxScore, "point")}${hand ? ` (${sayParts(hand)})` : ""}`;
  if (attempts > 1) {
    const why = rules.scoringPolicy === "keep_latest" ? "the last" : "the best";
    parts.push(
      `attempt ${attempt} of ${attempts} counts, ${why}${hand ? " of those graded by hand" : ""}: ${whole}`,
    );
  } else parts.push(whole);
  if (handPoints > 0 && !hand)
    parts.push(
      `${say(handPoints, "point")} ${handPoints === 1 ? "is" : "are"} given by hand, not yet`,
    );
  if (grade.daysLate > 0 && rules.dueAt) {
    const used = Math.min(lateDaysUsed, grade.daysLate);
    const counted = grade.daysLate - used;
    const late = [`handed in ${sayLateness(rules.dueAt, receivedAt, zone)} late`];
    if (used > 0) late.push(sayUsed(used, lateDays));
    if (counted > 0 && rules.lateSubmissionDeduction > 0) {
      const percent = Math.min(
        counted * rules.lateSubmissionDeduction,
        rules.lateSubmissionMaximumDeduction,
      );
      const most = percent < counted * rules.lateSubmissionDeduction ? ", the most there is" : "";
      late.push(
        `${say(counted, "day")} at ${rules.lateSubmissionDeduction} % are ${round(percent)} % of ${say(maxScore, "point")}${most}: ${say(grade.deducted, "point")} taken off`,
      );
    } else late.push("nothing taken off");
    parts.push(`${late[0]}: ${late.slice(1).join(", ")}`);
  } else if (rules.dueAt) parts.push("handed in on time");
  if (waiting > 0) parts.push(`${say(waiting, "attempt")} not graded yet`);
  return parts.join("; ");
}

/** What a score is made of: `checks 7, rubric −2, by hand +1`. */
function sayParts({ checks, rubric, manual }: NonNullable<ExerciseGrade["hand"]>): string {
  const signed = (points: number) => (points < 0 ? `−${-points}` : `+${points}`);
  return [
    `checks ${checks}`,
    ...(rubric === 0 ? [] : [`rubric ${signed(rubric)}`]),
    ...(manual === 0 ? [] : [`by hand ${signed(manual)}`]),
  ].join(", ");
}

function sayUsed(used: number, { budget, usedBefore }: LateDays): string {
  const before = usedBefore > 0 ? ` (${usedBefore} used before)` : "";
  return `${say(used, "late day")} used of ${budget}${before}`;
}

/** How long after `due`, by the clocks of `zone`: `1 day 3 hours`. */
export function sayLateness(due: Date, at: Date, zone: string): string {
  const begun = daysLate(due, at, zone);
  const whole = at.getTime() >= endOfLateDay(due, begun, zone) ? begun : begun - 1;
  return sayTogether(whole, at.getTime() - endOfLateDay(due, whole, zone));
}

/** A span in words: `2 hours 5 minutes`. */
export function sayDuration(milliseconds: number): string {
  const days = Math.floor(milliseconds / 86_400_000);
  return sayTogether(days, milliseconds - days * 86_400_000);
}

/** The two largest units of days and milliseconds. */
function sayTogether(days: number, milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  const units = [
    say(days, "day"),
    say(Math.floor(seconds / 3600), "hour"),
    say(Math.floor(seconds / 60) % 60, "minute"),
    say(seconds % 60, "second"),
  ].filter((unit) => !unit.startsWith("0 "));
  return units.slice(0, 2).join(" ") || "less than a second";
}

function say(number: number, unit: string): string {
  return `${number} ${unit}${number === 1 ? "" : "s"}`;
}
