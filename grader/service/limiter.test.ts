import { expect, test } from "vitest";
import { Limiter } from "./limiter.ts";
import { Refusal } from "./refusal.ts";

test("so many in so long, for each key by itself; what is refused does not count", () => {
  const limiter = new Limiter("knocks", 3, 10);
  for (const now of [0, 1000, 2000]) limiter.take("a", now);
  for (const now of [3000, 9999]) expect(() => limiter.take("a", now)).toThrow(Refusal);
  limiter.take("b", 3000);
  limiter.take("a", 10_000);
  expect(() => limiter.take("a", 10_500)).toThrow(/at most 3 in 10 seconds/);
  limiter.take("a", 11_000);
});

test("says how long to wait", () => {
  const limiter = new Limiter("knocks", 1, 60);
  limiter.take("a", 0);
  try {
    limiter.take("a", 18_500);
    expect.unreachable();
  } catch (error) {
    expect(error).toMatchObject({
      status: 429,
      headers: { "retry-after": "42" },
      hint: "try again in 42 seconds",
    });
  }
});

test("forgets keys whose time is over", () => {
  const limiter = new Limiter("knocks", 1, 1);
  for (let i = 0; i < 10_001; i++) limiter.take(`a${i}`, 0);
  limiter.take("late", 2000);
  expect(limiter.size).toBeLessThan(10);
});
