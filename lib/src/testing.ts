/** What an error says, for tests of its words. */
export function errorOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return String(error);
  }
  throw new Error("nothing was thrown");
}

/** Texts that would do harm if they were taken for markup. */
export const HOSTILE: readonly string[] = [
  "<script>alert(1)</script>",
  '"><img src=x onerror=alert(1)>',
  "'><svg onload=alert(1)>",
  "</title></svg><script>alert(1)</script>",
  "]]></desc>",
  "&lt;b&gt; & &amp;",
  "<!-- comment -->",
  '<a href="javascript:alert(1)">link</a>',
  "\u0000\u0008\u001b[31mred\ufffe\ud800",
];
