import type { Quartiles } from "@gradus/grader/service";

export const percent = (part: number) => `${Math.round(part * 100)} %`;

/** Seconds as people say them. */
export function duration(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min`;
  if (seconds < 36 * 3600) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} days`;
}

const short = (number: number) => String(Math.round(number * 10) / 10);

/** The middle of some numbers of attempts, and where half of them lie. */
export function attempts(found: Quartiles | null): string {
  return found ? short(found.median) : "–";
}

export function spread(found: Quartiles | null, say: (number: number) => string): string {
  if (!found) return "–";
  const { lower, median, upper } = found;
  return lower === upper
    ? say(median)
    : `${say(median)} (half of them ${say(lower)} to ${say(upper)})`;
}

export const sayAttempts = (number: number) => `${short(number)} attempts`;
