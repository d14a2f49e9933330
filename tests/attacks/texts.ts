/** Texts that are not what they look like, and texts that break what keeps or prints them. */
import { expect } from "vitest";
import { type Attack, every } from "./attack.ts";

const clean: Attack["also"] = (report) => {
  JSON.stringify(report, (_, value: unknown) => {
    if (typeof value === "string") expect(/\0|\p{Surrogate}/u.test(value)).toBe(false);
    return value;
  });
};

const text = (
  name: string,
  body: string,
  says: RegExp,
  ends: Attack["ends"] = "failed",
): Attack => ({
  name,
  tries: "to break the database, the terminal or the reader",
  source: every(body),
  ends,
  says,
  also: clean,
});

export const texts: Attack[] = [
  text("prints zero bytes", `console.log("a\\0b"); return "\\0";`, /a\ufffdb/),
  text(
    "prints halves of characters",
    `console.log("\\ud800", "\\udc00"); return "\\ud800";`,
    /\ufffd/,
  ),
  text("throws zero bytes and halves", `throw new Error("\\0\\ud800");`, /\ufffd\ufffd/, "error"),
  text("cuts a character in two", `console.log("😀".repeat(40000)); return 0;`, /😀/),
  text(
    "turns the reading direction around",
    `console.log("\\u202e dessap \\u2066"); return "\\u202e3";`,
    /dessap/,
  ),
  text(
    "piles ten thousand accents on a letter",
    `console.log("e" + "\\u0301".repeat(10000)); return 0;`,
    /e\u0301/,
  ),
  text(
    "clears the terminal",
    `console.log("\\u001b[2J\\u001b]0;passed\\u0007"); return 0;`,
    /passed/,
  ),
  text(
    "names fields like the grader's own",
    `return { constructor: 1, __proto__: 2, then: 3, toString: 4, outcome: "passed" };`,
    /./,
  ),
  {
    name: "a name with a letter that looks the same",
    tries: "to be found under the name of another",
    source: every("return 3.5;").replaceAll("average", "\u0430verage"),
    ends: ["error", "failed"],
    says: /does not define average/,
  },
  {
    name: "a comment that ends where the reader does not see it",
    tries: "to hide code from whoever reads it",
    source: `/* \u202e } \u2066 */ ${every("return 3.5; /*\u2028*/ return 3;")}\u2028throw new Error("hidden line");`,
    ends: "error",
    says: /hidden line/,
  },
  {
    name: "HTML's comments",
    tries: "to be read in one way by the compiler and in another by the engine",
    source: `${every("return 3.5;")}\n<!-- function average() { return 3; }\n--> class Counter {}`,
    ends: ["error", "failed"],
    says: /./,
  },
  {
    name: "a file name of the grader's own",
    tries: "to lay errors at another's door",
    source: `${every("throw new Error('mine');")}\n//# sourceURL=realm.js\n//# sourceMappingURL=file:///etc/passwd`,
    ends: "error",
    says: /mine/,
  },
];
