/** How lateness falls on points, apart from how it looks. */

/** What is left of the points, in percent, for each begun day after the due date, from 0 on. */
export function penaltySteps(
  perDay: number,
  most: number,
  free: number,
  lastDay: number | null,
): number[] {
  const percent = (day: number) => 100 - Math.min(Math.max(0, day - free) * perDay, most);
  // To the day on which nothing more changes, and one beyond; not past the day on which it closes.
  const falls = perDay > 0 ? free + Math.ceil(most / perDay) : free;
  const shown = Math.min(lastDay ?? Number.POSITIVE_INFINITY, Math.max(3, falls + 1), 21);
  return Array.from({ length: shown + 1 }, (_, day) => percent(day));
}

/** The steps in words: "on time 100 %, 1 day late 90 %, 2 days 80 %". */
export function sayPenalty(steps: readonly number[]): string {
  const words: string[] = [];
  for (const [day, percent] of steps.entries()) {
    if (day > 0 && percent === steps[day - 1]) {
      if (day === steps.length - 1) words.push(`and no less after that`);
      continue;
    }
    const when = day === 0 ? "on time" : day === 1 ? "1 day late" : `${day} days late`;
    words.push(`${when} ${Math.round(percent * 100) / 100} %`);
  }
  return words.join(", ");
}
