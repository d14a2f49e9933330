import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Attempt,
  gradeAssignment,
  gradeCourse,
  hindrance,
  type Rules,
  round,
  rulesFor,
  sayDuration,
  sayHindrance,
} from "./rules.ts";
import { addDays } from "./zoned.ts";

const BERLIN = "Europe/Berlin";
const HOUR = 3600 * 1000;
const due = new Date("2026-11-30T22:59:00Z");
const later = (milliseconds: number, from = due) => new Date(from.getTime() + milliseconds);
const rules = (changes: Partial<Rules> = {}): Rules => ({
  unlockAt: null,
  dueAt: due,
  lockAt: null,
  allowedAttempts: null,
  cooldownSeconds: 0,
  scoringPolicy: "keep_highest",
  lateSubmissionDeduction: 10,
  lateSubmissionMaximumDeduction: 50,
  maximumLateDays: null,
  exercises: [{ exercise: "double", points: 10 }],
  ...changes,
});
let made = 0;
const attempt = (
  receivedAt: Date,
  points: number | null,
  more: Partial<Attempt> = {},
): Attempt => ({
  submission: `s${++made}`,
  exercise: "double",
  receivedAt,
  verdict: points === null ? null : { points, max: 3 },
  fault: false,
  ...more,
});
const none = { budget: 0, usedBefore: 0 };
const grade = (attempts: Attempt[], changes: Partial<Rules> = {}, lateDays = none) =>
  gradeAssignment(rules(changes), attempts, lateDays, BERLIN);

describe("a grade, with its words", () => {
  const explained = (...args: Parameters<typeof grade>) => {
    const { score, explanation, exercises } = grade(...args);
    return [score, exercises[0].explanation, explanation];
  };

  test("nothing handed in; nothing graded", () => {
    expect(explained([])).toEqual([null, "not handed in", "nothing handed in"]);
    expect(explained([attempt(due, null)])).toEqual([
      null,
      "handed in, not graded yet",
      "not graded yet",
    ]);
  });

  test("on time, to the millisecond", () => {
    expect(explained([attempt(due, 3)])).toEqual([
      10,
      "10 of 10 points; handed in on time",
      "10 of 10 points",
    ]);
    expect(explained([attempt(later(1), 3)])).toEqual([
      9,
      "9 of 10 points; handed in less than a second late: 1 day at 10 % are 10 % of 10 points: 1 point taken off",
      "9 of 10 points",
    ]);
  });

  test("late days are used by themselves, as few as it takes", () => {
    expect(explained([attempt(later(27 * HOUR), 3)], {}, { budget: 5, usedBefore: 0 })).toEqual([
      10,
      "10 of 10 points; handed in 1 day 3 hours late: 2 late days used of 5, nothing taken off",
      "10 of 10 points; 2 late days used of 5, 3 left",
    ]);
    expect(explained([attempt(later(27 * HOUR), 3)], {}, { budget: 5, usedBefore: 4 })).toEqual([
      9,
      "9 of 10 points; handed in 1 day 3 hours late: 1 late day used of 5 (4 used before), 1 day at 10 % are 10 % of 10 points: 1 point taken off",
      "9 of 10 points; 1 late day used of 5 (4 used before), 0 left",
    ]);
  });

  test("none are used where they change nothing", () => {
    const five = { budget: 5, usedBefore: 0 };
    expect(grade([attempt(later(HOUR), 0)], {}, five).lateDaysUsed).toBe(0);
    expect(grade([attempt(later(HOUR), 3)], { lateSubmissionDeduction: 0 }, five)).toMatchObject({
      lateDaysUsed: 0,
      score: 10,
    });
    // Without any: 6 days are 50 %, the most; one late day would not help.
    const one = { budget: 1, usedBefore: 0 };
    expect(grade([attempt(later(143 * HOUR), 3)], {}, one)).toMatchObject({
      lateDaysUsed: 0,
      score: 5,
    });
    expect(grade([attempt(later(HOUR), 3)], { maximumLateDays: 0 }, five)).toMatchObject({
      lateDaysUsed: 0,
      score: 9,
    });
  });

  test("the cap", () => {
    expect(explained([attempt(later(240 * HOUR), 3)])[1]).toBe(
      "5 of 10 points; handed in 10 days late: 10 days at 10 % are 50 % of 10 points, the most there is: 5 points taken off",
    );
    expect(explained([attempt(later(240 * HOUR), 1)])[0]).toBe(0);
  });

  test("the best counts after deductions, the first of equals; or the last", () => {
    const attempts = [attempt(later(-2), 2), attempt(later(-1), 2), attempt(later(50 * HOUR), 3)];
    expect(explained(attempts)).toEqual([
      7,
      "attempt 3 of 3 counts, the best: 7 of 10 points; handed in 2 days 2 hours late: 3 days at 10 % are 30 % of 10 points: 3 points taken off",
      "7 of 10 points",
    ]);
    expect(explained(attempts, { lateSubmissionDeduction: 20 })[1]).toBe(
      "attempt 1 of 3 counts, the best: 6.67 of 10 points; handed in on time",
    );
    const worse = [attempt(later(-2), 3), attempt(later(-1), 1)];
    expect(explained(worse, { scoringPolicy: "keep_latest" })[1]).toBe(
      "attempt 2 of 2 counts, the last: 3.33 of 10 points; handed in on time",
    );
    const waits = [...worse, attempt(due, null)];
    expect(explained(waits, { scoringPolicy: "keep_latest" })[1]).toBe("handed in, not graded yet");
    expect(explained(waits)[2]).toBe(
      "10 of 10 points; 1 submission not graded yet, so this may change",
    );
  });

  test("what the grader failed on counts for nothing, and not as an attempt", () => {
    const attempts = [attempt(due, 3), attempt(due, 0, { fault: true })];
    expect(grade(attempts, { scoringPolicy: "keep_latest" })).toMatchObject({
      score: 10,
      exercises: [{ attempts: 1, attempt: 1 }],
    });
    expect(hindrance(rules({ allowedAttempts: 2 }), attempts, due)).toBeUndefined();
  });

  test("several exercises: points are the assignment's own, and late days serve all of them", () => {
    const exercises = [
      { exercise: "double", points: 10 },
      { exercise: "negate", points: 5 },
      { exercise: "third", points: 1 },
    ];
    const attempts = [
      attempt(later(HOUR), 3),
      attempt(later(30 * HOUR), 3, { exercise: "negate" }),
      attempt(due, 3, { exercise: "elsewhere" }),
    ];
    const all = grade(attempts, { exercises }, { budget: 1, usedBefore: 0 });
    expect(all).toMatchObject({ score: 14.5, maxScore: 16, lateDaysUsed: 1 });
    expect(all.exercises.map((one) => [one.score, one.daysLate, one.deducted])).toEqual([
      [10, 1, 0],
      [4.5, 2, 0.5],
      [null, 0, 0],
    ]);
  });

  test("over a day of 25 hours: a day is a day", () => {
    const saturday = new Date("2026-10-24T21:59:00Z");
    const [score, words] = explained([attempt(later(25 * HOUR, saturday), 3)], { dueAt: saturday });
    expect([score, words]).toEqual([
      9,
      "9 of 10 points; handed in 1 day late: 1 day at 10 % are 10 % of 10 points: 1 point taken off",
    ]);
  });
});

describe("rounding", () => {
  test.each([
    [1.005, 1.01],
    [2.675, 2.68],
    [0.1 + 0.2, 0.3],
    [10 / 3, 3.33],
    [20 / 3, 6.67],
    [0, 0],
    [0.005, 0.01],
    [0.0049, 0],
    [1e6 + 0.005, 1000000.01],
  ])("%d", (points, expected) => {
    expect(round(points)).toBe(expected);
  });

  test("an assignment's score is the sum one gets from what is shown", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 0, max: 3 })), {
          minLength: 1,
          maxLength: 12,
        }),
        (list) => {
          const exercises = list.map(([points], index) => ({
            exercise: `e${index}`,
            points: points / 7,
          }));
          const attempts = list.map(([, got], index) =>
            attempt(due, got, { exercise: `e${index}` }),
          );
          const all = grade(attempts, { exercises });
          const cents = all.exercises.reduce((sum, one) => sum + Math.round(one.score! * 100), 0);
          expect(Math.round(all.score! * 100)).toBe(cents);
          expect(String(all.score)).toMatch(/^\d+(\.\d\d?)?$/);
        },
      ),
    );
  });
});

describe("what stands in the way of handing in", () => {
  const all = rules({
    unlockAt: later(-48 * HOUR),
    lockAt: later(48 * HOUR),
    allowedAttempts: 2,
    cooldownSeconds: 600,
  });
  const say = (attempts: Attempt[], now: Date) => {
    const found = hindrance(all, attempts, now);
    return found && sayHindrance(found, BERLIN, now);
  };

  test("opening and closing, to the millisecond", () => {
    expect(say([], later(-48 * HOUR - 1))).toBe(
      "it opens on Sat, Nov 28, 2026, 23:59:00 (Europe/Berlin)",
    );
    expect(say([], later(-48 * HOUR))).toBeUndefined();
    expect(say([], later(48 * HOUR))).toBeUndefined();
    expect(say([], later(48 * HOUR + 1))).toBe(
      "it closed on Wed, Dec 2, 2026, 23:59:00 (Europe/Berlin)",
    );
  });

  test("attempts and the pause between them, to the millisecond", () => {
    const one = [attempt(due, 0)];
    expect(say(one, later(599_999))).toBe(
      "the next attempt may be made in less than a second, at Tue, Dec 1, 2026, 00:09:00 (Europe/Berlin)",
    );
    expect(say(one, later(1000))).toContain("in 9 minutes 59 seconds, at");
    expect(say(one, later(600_000))).toBeUndefined();
    expect(say([...one, attempt(due, 1)], later(HOUR))).toBe("all 2 attempts have been made");
    const once = hindrance(rules({ allowedAttempts: 1 }), one, due);
    expect(sayHindrance(once!, BERLIN, due)).toBe("the one attempt there is has been made");
  });

  test("one that waits for its verdict is an attempt, too", () => {
    expect(hindrance(rules({ allowedAttempts: 1 }), [attempt(due, null)], due)).toEqual({
      code: "no_attempts_left",
      allowed: 1,
    });
  });

  test("an extension moves dates and adds attempts; open at least until due", () => {
    const extended = rulesFor(all, {
      unlockAt: null,
      dueAt: later(100 * HOUR),
      lockAt: null,
      extraAttempts: 1,
    });
    expect(extended).toMatchObject({
      unlockAt: all.unlockAt,
      dueAt: later(100 * HOUR),
      lockAt: later(100 * HOUR),
      allowedAttempts: 3,
    });
    expect(
      rulesFor(all, { unlockAt: null, dueAt: null, lockAt: later(1), extraAttempts: 0 }).lockAt,
    ).toEqual(later(1));
    expect(rulesFor(rules(), { ...extended, extraAttempts: 3 }).allowedAttempts).toBeNull();
    expect(rulesFor(all, undefined)).toBe(all);
  });

  test.each([
    [0, "less than a second"],
    [1000, "1 second"],
    [61_000, "1 minute 1 second"],
    [26 * HOUR + 60_000, "1 day 2 hours"],
    [24 * HOUR + 5000, "1 day 5 seconds"],
  ])("%d milliseconds in words", (milliseconds, words) => {
    expect(sayDuration(milliseconds)).toBe(words);
  });
});

describe("for whatever is handed in", () => {
  const zone = fc.constantFrom("UTC", BERLIN, "America/New_York", "Australia/Lord_Howe");
  const someRules = fc.record({
    dueAt: fc.option(fc.integer({ min: -500, max: 500 }).map((hours) => later(hours * HOUR))),
    scoringPolicy: fc.constantFrom("keep_highest" as const, "keep_latest" as const),
    lateSubmissionDeduction: fc.integer({ min: 0, max: 100 }),
    lateSubmissionMaximumDeduction: fc.integer({ min: 0, max: 100 }),
    maximumLateDays: fc.option(fc.integer({ min: 0, max: 5 })),
    exercises: fc.constant([
      { exercise: "a", points: 7 },
      { exercise: "b", points: 2.5 },
    ]),
  });
  const someAttempts = fc
    .array(
      fc.record({
        hours: fc.double({ min: -600, max: 600, noNaN: true }),
        exercise: fc.constantFrom("a", "b", "c"),
        points: fc.option(fc.integer({ min: 0, max: 3 })),
        fault: fc.boolean(),
      }),
      { maxLength: 8 },
    )
    .map((list) =>
      list
        .map(({ hours, points, ...more }) => attempt(later(Math.round(hours * HOUR)), points, more))
        .sort((a, b) => a.receivedAt.getTime() - b.receivedAt.getTime()),
    );
  const budget = fc.integer({ min: 0, max: 8 });

  test("a score lies between none and all; late days within budget; the words are there", () => {
    fc.assert(
      fc.property(someRules, someAttempts, budget, zone, (some, attempts, days, where) => {
        const all = gradeAssignment(rules(some), attempts, { budget: days, usedBefore: 0 }, where);
        expect(all.maxScore).toBe(9.5);
        expect(all.lateDaysUsed).toBeLessThanOrEqual(Math.min(days, some.maximumLateDays ?? days));
        for (const one of [all, ...all.exercises]) {
          expect(one.explanation).not.toMatch(/NaN|undefined|null|Infinity|-\d/);
          if (one.score === null) continue;
          expect(one.score).toBeGreaterThanOrEqual(0);
          expect(one.score).toBeLessThanOrEqual(one.maxScore);
        }
      }),
    );
  });

  test("more late days, a later due date, a smaller deduction never lower a best score", () => {
    fc.assert(
      fc.property(someRules, someAttempts, budget, zone, (some, attempts, days, where) => {
        const one = rules({ ...some, scoringPolicy: "keep_highest" });
        const score = (changed: Partial<Rules>, more = 0) =>
          gradeAssignment(
            { ...one, ...changed },
            attempts,
            { budget: days + more, usedBefore: 0 },
            where,
          ).score ?? 0;
        const now = score({});
        expect(score({}, 1)).toBeGreaterThanOrEqual(now);
        if (some.dueAt) {
          const dueAt = addDays(some.dueAt, 1, where);
          expect(score({ dueAt })).toBeGreaterThanOrEqual(now);
        }
        expect(score({ dueAt: null })).toBeGreaterThanOrEqual(now);
        expect(
          score({ lateSubmissionDeduction: some.lateSubmissionDeduction / 2 }),
        ).toBeGreaterThanOrEqual(now);
      }),
    );
  });

  test("one more attempt never lowers a best score", () => {
    fc.assert(
      fc.property(someRules, someAttempts, budget, (some, attempts, days) => {
        const one = rules({ ...some, scoringPolicy: "keep_highest" });
        const late = { budget: days, usedBefore: 0 };
        const scores = attempts.map(
          (_, count) => gradeAssignment(one, attempts.slice(0, count + 1), late, BERLIN).score ?? 0,
        );
        expect(scores).toEqual([...scores].sort((a, b) => a - b));
      }),
    );
  });

  test("a late day is worth exactly a due date one day later", () => {
    fc.assert(
      fc.property(someRules, someAttempts, zone, (some, attempts, where) => {
        const one = rules({ ...some, maximumLateDays: null });
        if (!one.dueAt) return;
        const { score, lateDaysUsed } = gradeAssignment(
          one,
          attempts,
          { budget: 3, usedBefore: 0 },
          where,
        );
        // Where clocks skip or repeat the hour, a day counted from the shifted date may end elsewhere.
        const hour = new Date(one.dueAt).toLocaleString("en-GB", {
          timeZone: where,
          hour: "2-digit",
        });
        if (Number(hour) < 4) return;
        const dueAt = addDays(one.dueAt, lateDaysUsed, where);
        expect(gradeAssignment({ ...one, dueAt }, attempts, none, where).score).toBe(score);
      }),
    );
  });

  test("a course spends its late days in the order of due dates, and never more than there are", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(someRules, someAttempts), { maxLength: 5 }),
        budget,
        (list, days) => {
          const works = list.map(([some, attempts]) => ({ rules: rules(some), attempts }));
          const course = { lateDays: days, timeZone: BERLIN };
          const { grades, lateDaysUsed } = gradeCourse(course, works);
          expect(grades).toHaveLength(works.length);
          expect(grades.reduce((sum, one) => sum + one.lateDaysUsed, 0)).toBe(lateDaysUsed);
          expect(lateDaysUsed).toBeLessThanOrEqual(days);
          // What is due last changes nothing before it.
          const time = (index: number) =>
            works[index].rules.dueAt?.getTime() ?? Number.POSITIVE_INFINITY;
          const last = works.reduce((at, _, index) => (time(index) >= time(at) ? index : at), 0);
          const without = works.filter((_, index) => index !== last);
          expect(gradeCourse(course, without).grades).toEqual(
            grades.filter((_, index) => index !== last),
          );
        },
      ),
    );
  });
});
