import Link from "next/link";
import { CodeBlock } from "@/components/chapter-parts";
import { renderDoc } from "@/lib/doc";
import { highlight } from "@/lib/highlight";
import {
  hrefOf,
  type Item,
  itemByName,
  type Kind,
  type Member,
  type Signature,
  type Source,
} from "@/lib/reference";
import { isShown } from "@/lib/sources";

/** Text of a doc comment. */
export function Doc({ source }: { source: string }) {
  return renderDoc(source, { hrefOf, CodeBlock });
}

/** What an item is, in a word. */
export const kindNames: Record<Kind, string> = {
  class: "class",
  function: "function",
  namespace: "namespace",
  interface: "interface",
  type: "type",
  constant: "constant",
};

/** A declaration, with links from the types in it to their pages. */
export async function Declaration({ code, self }: { code: string; self: string }) {
  return (
    // biome-ignore lint/security/noDangerouslySetInnerHtml: highlighted here from the library's own code.
    <code dangerouslySetInnerHTML={{ __html: withLinks(await highlight(code, "ts"), self) }} />
  );
}

/** Links the names of exported types in highlighted code; words in tags, strings and comments stay. */
function withLinks(html: string, self: string): string {
  return html.replace(/<span class="[sc]">[^<]*<\/span>|<[^>]*>|&\w+;|\b[A-Z]\w*\b/g, (part) => {
    const item = /^[A-Z]/.test(part) && part !== self ? itemByName(part) : undefined;
    return item && item.kind !== "function" && item.kind !== "constant"
      ? `<a href="/reference/${item.slug}">${part}</a>`
      : part;
  });
}

/** Where it stands in the library; in short on the page of something in the same file. */
export function SourceLink({ source, page }: { source: Source; page?: Source }) {
  const { file, line } = source;
  const words = file === page?.file ? `line ${line}` : `${file}:${line}`;
  return isShown(file) ? (
    <Link className="ref__source" href={`/reference/source/${file}#L${line}`} prefetch={false}>
      {words}
    </Link>
  ) : (
    <span className="ref__source">{words}</span>
  );
}

/** What can be said of one way to call something, after its declaration. */
export function SignatureText({ signature }: { signature: Signature }) {
  const { doc, returns, throws, examples } = signature;
  // A parameter of which nothing is told stands in the declaration already.
  const told = signature.parameters.filter((one) => one.doc || one.default);
  return (
    <>
      {doc && <Doc source={doc} />}
      {told.length > 0 && (
        <dl className="ref__parameters">
          {told.map((one) => (
            <div className="ref__parameter" key={one.name}>
              <dt>
                <code>{one.name}</code>
              </dt>
              <dd>
                {one.doc && <Doc source={one.doc} />}
                {one.default && (
                  <p className="ref__default">
                    By default <code>{one.default}</code>.
                  </p>
                )}
              </dd>
            </div>
          ))}
        </dl>
      )}
      {returns && (
        <div className="ref__tagged">
          <strong>Returns</strong> <Doc source={returns} />
        </div>
      )}
      {throws.map((one) => (
        <div className="ref__tagged" key={one}>
          <strong>Throws</strong> <Doc source={one} />
        </div>
      ))}
      {examples.map((one) => (
        <Doc key={one} source={one} />
      ))}
    </>
  );
}

/** A member of a class or an interface. */
export function MemberEntry({ member, owner }: { member: Member; owner: Item }) {
  const [first, ...others] = member.signatures;
  return (
    <section className="ref__member" id={member.anchor} aria-labelledby={`${member.anchor}-name`}>
      <header>
        <h3 id={`${member.anchor}-name`} data-scrolls="">
          <span className="code">
            <Declaration code={first.code} self={owner.name} />
          </span>
        </h3>
        <SourceLink source={member.source} page={owner.source} />
      </header>
      <SignatureText signature={first} />
      {others.map((signature) => (
        <div key={signature.code} className="ref__overload">
          <pre className="code" data-scrolls="">
            <Declaration code={signature.code} self={owner.name} />
          </pre>
          <SignatureText signature={signature} />
        </div>
      ))}
    </section>
  );
}
