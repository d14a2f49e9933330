import { renderToStaticMarkup } from "react-dom/server";
import { expect, test } from "vitest";
import { renderDoc } from "./doc.tsx";

const known: Record<string, string> = { Rng: "/reference/Rng", relu: "/reference/Tensor#.relu" };

const shown = (source: string): string =>
  renderToStaticMarkup(
    renderDoc(source, {
      hrefOf: (name) => known[name],
      CodeBlock: ({ lang, code }) => <pre data-lang={lang}>{code}</pre>,
    }),
  );

test("HTML in a comment is shown as text, and a link runs nothing", () => {
  expect(shown("A Map<string, T> of <b>x</b>")).toBe(
    "<p>A Map&lt;string, T&gt; of &lt;b&gt;x&lt;/b&gt;</p>",
  );
  const evil = shown(
    'a <img src=x onerror="alert(1)">\n\n<script>alert(1)</script>\n\n[c](javascript:alert(1)) ![d](x.png)',
  );
  expect(evil).not.toMatch(/<(img|script)|href/);
  expect(evil).toContain("&lt;script&gt;");
});

test("links lead to names that the library has; others stay words", () => {
  expect(shown("[`Rng`](ref:Rng), `Rng`, `relu()`, `other`, [`Gone`](ref:Gone)")).toBe(
    '<p><a href="/reference/Rng"><code>Rng</code></a>, <a href="/reference/Rng"><code>Rng</code></a>, ' +
      '<a href="/reference/Tensor#.relu"><code>relu()</code></a>, <code>other</code>, <code>Gone</code></p>',
  );
  expect(shown("https://arxiv.org/abs/1706.03762")).toContain('rel="noreferrer"');
});

test("shapes are set as code, also at the ends of a sentence", () => {
  expect(
    shown("x [batch, time, channels] → [] or [..., 2n], [out, ...kernel]. An array[0] too."),
  ).toBe(
    '<p>x <code class="shape">[batch, time, channels]</code> → <code class="shape">[]</code> or ' +
      '<code class="shape">[..., 2n]</code>, <code class="shape">[out, ...kernel]</code>. An array<code class="shape">[0]</code> too.</p>',
  );
});

test("formulas and fences of code", () => {
  expect(shown("The sum $x^2$.")).toContain("<math");
  expect(shown("Use it:\n\n```ts\nf(<T>x);\n```")).toContain(
    '<pre data-lang="ts">f(&lt;T&gt;x);</pre>',
  );
});
