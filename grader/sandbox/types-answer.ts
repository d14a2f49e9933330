/** What the type checker answers, read with care: it may have been taken over. */
import { cleanText, type Diagnostic, type RelatedPlace, type Span } from "@gradus/grader/checks";
import { z } from "zod";
import type { SandboxProcess } from "./process.ts";

/** Fifty remarks of the longest kind have less. */
const MOST_BYTES = 2 ** 20;

const place = z.int().min(1);
const text = z.string().transform((all) => cleanText(all.slice(0, 2000)));
const span = { line: place, column: place, endLine: place.optional(), endColumn: place.optional() };
const related = z.object({
  ...span,
  file: z
    .string()
    .regex(/^[\w./-]{1,200}$/)
    .optional(),
  message: text,
}) satisfies z.ZodType<RelatedPlace & Span>;
const answer = z
  .array(
    z.object({
      ...span,
      code: z.int().min(1),
      message: text,
      related: z.array(related).max(5).optional(),
    }) satisfies z.ZodType<Diagnostic>,
  )
  .max(50);

/** The checker's next answer. Rejects where it ends before, or answers nonsense. */
export function answerOf(checker: SandboxProcess): Promise<Diagnostic[]> {
  return new Promise((resolve, reject) => {
    checker.listen(
      ({ bytes }) => {
        try {
          if (bytes.length > MOST_BYTES) throw new RangeError("an answer too long");
          resolve(answer.parse(JSON.parse(bytes.toString("utf8"))));
        } catch (error) {
          reject(error as Error);
        }
      },
      ({ message }) => reject(new Error(message)),
    );
  });
}
