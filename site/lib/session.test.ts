import { expect, test } from "vitest";
import { leadBack, safeReturn } from "./session";

test("after signing in, the reader comes back to the place in the text", () => {
  const link = leadBack("/sign-in", "/chapters/01?x=1#exercise-perceptron-update");
  const next = new URL(link, "http://localhost").searchParams.get("next");
  expect(safeReturn(next)).toBe("/chapters/01?x=1#exercise-perceptron-update");
});

test.each([
  "https://evil.example/",
  "//evil.example/x",
  "/\\evil.example",
  "/\t/evil.example",
  "javascript:alert(1)",
  "evil",
  "",
  null,
])("a return address elsewhere is not followed: %j", (path) => {
  expect(safeReturn(path, "/course")).toBe("/course");
});
