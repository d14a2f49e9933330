import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Metadata } from "next";
import Link from "next/link";
import { Doc, kindNames } from "@/components/reference-parts";
import { ReferenceSearch } from "@/components/reference-search";
import { root } from "@/lib/chapters";
import { firstSentence, type Item, isType, themes } from "@/lib/reference";

export const metadata: Metadata = {
  title: "Reference",
  description: "Everything that the library gradus exports: classes, functions and types.",
};

/** The example of the library's README, which its tests run: data, model, training loop. */
const [example] = /```ts\n[\s\S]*?```/.exec(readFileSync(join(root, "lib/README.md"), "utf8"))!;

export default function ReferencePage() {
  return (
    <>
      <nav className="ref__contents" aria-label="Themes">
        <p className="ref__contents-title">Themes</p>
        <ul>
          <li>
            <a href="#example">A network, trained</a>
          </li>
          {themes().map(({ id, title }) => (
            <li key={id}>
              <a href={`#${id}`}>{title}</a>
            </li>
          ))}
        </ul>
      </nav>
      <article className="ref__page">
        <h1>Reference</h1>
        <p className="lead">
          All that <code>gradus</code> exports, made from the comments in its sources. Names are
          those of NumPy and PyTorch, in camelCase. The library is written to be read:{" "}
          <Link href="/reference/source" prefetch={false}>
            every file of it is here
          </Link>
          .
        </p>
        <ReferenceSearch />
        <section className="ref__theme" id="example" aria-labelledby="example-title">
          <h2 id="example-title">A network, trained</h2>
          <Doc source={example} />
        </section>
        {themes().map(({ id, title, items }) => (
          <section className="ref__theme" key={id} id={id} aria-labelledby={`${id}-title`}>
            <h2 id={`${id}-title`}>{title}</h2>
            <dl className="ref__list">
              {items
                .filter((item) => !isType(item))
                .map((item) => (
                  <div className="ref__entry" key={item.slug}>
                    <dt>
                      <Link href={`/reference/${item.slug}`} prefetch={false}>
                        <code>{item.name}</code>
                      </Link>{" "}
                      {item.kind !== "function" && (
                        <span className="ref__kind">{kindNames[item.kind]}</span>
                      )}
                    </dt>
                    <dd>
                      <Doc source={firstSentence(item.signatures[0].doc)} />
                    </dd>
                  </div>
                ))}
            </dl>
            <Types items={items.filter(isType)} />
          </section>
        ))}
      </article>
    </>
  );
}

function Types({ items }: { items: readonly Item[] }) {
  if (items.length === 0) return null;
  return (
    <p className="ref__types">
      Types:{" "}
      {items.map((item, at) => (
        <span key={item.slug}>
          {at > 0 && ", "}
          <Link href={`/reference/${item.slug}`} prefetch={false}>
            <code>{item.name}</code>
          </Link>
        </span>
      ))}
    </p>
  );
}
