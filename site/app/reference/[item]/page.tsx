import type { Metadata } from "next";
import Link from "next/link";
import { notFound } from "next/navigation";
import {
  Declaration,
  kindNames,
  MemberEntry,
  SignatureText,
  SourceLink,
} from "@/components/reference-parts";
import { ReferenceSearch } from "@/components/reference-search";
import {
  firstSentence,
  hrefOf,
  type Item,
  isType,
  itemBySlug,
  plainWords,
  themes,
} from "@/lib/reference";

export const dynamicParams = false;

export const generateStaticParams = (): { item: string }[] =>
  themes().flatMap(({ items }) => items.map(({ slug }) => ({ item: slug })));

interface Props {
  params: Promise<{ item: string }>;
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const item = itemBySlug((await params).item)?.item;
  return item
    ? { title: item.name, description: plainWords(firstSentence(item.signatures[0].doc)) }
    : {};
}

export default async function ItemPage({ params }: Props) {
  const found = itemBySlug((await params).item);
  if (!found) notFound();
  const { item, theme } = found;
  return (
    <>
      <Contents item={item} theme={theme.title} neighbors={theme.items} />
      <article className="ref__page">
        <nav className="ref__path" aria-label="Where this stands">
          <Link href="/reference" prefetch={false}>
            Reference
          </Link>{" "}
          <span aria-hidden="true">›</span>{" "}
          <Link href={`/reference#${theme.id}`} prefetch={false}>
            {theme.title}
          </Link>
        </nav>
        <ReferenceSearch />
        <header className="ref__head">
          <h1>
            <code className="ref__name">{item.name}</code>
          </h1>
          <p className="ref__facts">
            <span>{kindNames[item.kind]}</span>
            <SourceLink source={item.source} />
          </p>
        </header>
        <pre className="code ref__import" data-scrolls="">
          <Declaration
            code={`import ${isType(item) ? "type " : ""}{ ${item.name} } from "${item.from}";`}
            self={item.name}
          />
        </pre>
        {item.signatures.map((signature) => (
          <div className="ref__signature" key={signature.code}>
            {signature.code !== `${item.kind} ${item.name}` && (
              <pre className="code code--still" data-scrolls="">
                <Declaration code={signature.code} self={item.name} />
              </pre>
            )}
            <SignatureText signature={signature} />
          </div>
        ))}
        <Related title="Built on it" names={item.extendedBy} />
        {item.sections.map(({ title, members }) => (
          <section className="ref__section" key={title} aria-label={title || "Members"}>
            {title && <h2 id={idOf(title)}>{title}</h2>}
            {!title && <h2 className="visually-hidden">Members</h2>}
            {members.map((member) => (
              <MemberEntry key={member.anchor} member={member} owner={item} />
            ))}
          </section>
        ))}
        {item.inherited.map(({ from, names }) => (
          <section className="ref__section" key={from}>
            <h2>
              From{" "}
              <Link href={hrefOf(from) ?? ""} prefetch={false}>
                <code>{from}</code>
              </Link>
            </h2>
            <Names names={names} prefix={`${from}.`} />
          </section>
        ))}
      </article>
    </>
  );
}

const idOf = (title: string): string => `section-${title.toLowerCase().replace(/\W+/g, "-")}`;

function Related({ title, names }: { title: string; names: readonly string[] }) {
  if (names.length === 0) return null;
  return (
    <div className="ref__related">
      <strong>{title}:</strong> <Names names={names} />
    </div>
  );
}

function Names({ names, prefix = "" }: { names: readonly string[]; prefix?: string }) {
  return (
    <p className="ref__types">
      {names.map((name, at) => (
        <span key={name}>
          {at > 0 && ", "}
          <Link href={hrefOf(prefix + name) ?? hrefOf(name) ?? ""} prefetch={false}>
            <code>{name}</code>
          </Link>
        </span>
      ))}
    </p>
  );
}

/** The members of a class; beside what has none, its neighbors. */
function Contents({
  item,
  theme,
  neighbors,
}: {
  item: Item;
  theme: string;
  neighbors: readonly Item[];
}) {
  const members = item.sections.flatMap((section) => section.members);
  if (members.length < 4)
    return (
      <nav className="ref__contents" aria-label={theme}>
        <p className="ref__contents-title">{theme}</p>
        <ul>
          {/* What one calls comes before what only the compiler sees. */}
          {neighbors
            .toSorted((a, b) => Number(isType(a)) - Number(isType(b)))
            .map(({ name, slug }) => (
              <li key={slug}>
                <Link
                  href={`/reference/${slug}`}
                  prefetch={false}
                  aria-current={slug === item.slug ? "page" : undefined}
                >
                  {name}
                </Link>
              </li>
            ))}
        </ul>
      </nav>
    );
  return (
    <nav className="ref__contents" aria-label={`Members of ${item.name}`}>
      <p className="ref__contents-title">{item.name}</p>
      {item.sections.map(({ title, members }) => (
        <div className="ref__contents-group" key={title}>
          {title && <a href={`#${idOf(title)}`}>{title}</a>}
          <ul>
            {members.map(({ anchor, name, kind }) => (
              <li key={anchor}>
                <a href={`#${anchor}`}>{kind === "constructor" ? `new ${item.name}` : name}</a>
              </li>
            ))}
          </ul>
        </div>
      ))}
    </nav>
  );
}
