"use client";

import Link from "next/link";
import { useEffect, useSyncExternalStore } from "react";
import { Loaded, useLoad } from "@/components/account/load";
import {
  type Description,
  getDescription,
  type Route,
  routesByTag,
  scopeOf,
  typeText,
} from "@/lib/api-description";
import styles from "./developers.module.css";

const WHO: Record<string, string> = {
  anyone: "anyone",
  account: "whoever is signed in",
  learner: "who is in the course",
  assistant: "who teaches in the course",
  instructor: "instructors of the course",
  administrator: "administrators",
};

/** The API, as this very server describes it. */
export function Developers() {
  const description = useLoad("description", getDescription);
  return (
    <Loaded of={description} what="the description of the API">
      {(data) => <Pages description={data} />}
    </Loaded>
  );
}

function Pages({ description }: { description: Description }) {
  const groups = routesByTag(description);
  const shapes = description.components.schemas;
  // What an address points at has come only now, and is folded up.
  useEffect(() => {
    const show = () => {
      const target = document.getElementById(decodeURIComponent(window.location.hash.slice(1)));
      if (target instanceof HTMLDetailsElement) target.open = true;
      target?.scrollIntoView();
    };
    show();
    window.addEventListener("hashchange", show);
    return () => window.removeEventListener("hashchange", show);
  }, []);
  return (
    <>
      <p>{description.info.description}</p>
      <nav aria-label="Parts of the API">
        <ul className={styles.parts}>
          {groups.map(({ tag }) => (
            <li key={tag}>
              <a href={`#${anchor(tag)}`}>{tag}</a>
            </li>
          ))}
          <li>
            <a href="#shapes">Shapes</a>
          </li>
        </ul>
      </nav>
      {groups.map(({ tag, routes }) => (
        <section key={tag} aria-labelledby={anchor(tag)} className={styles.group}>
          <h2 id={anchor(tag)}>{tag}</h2>
          {routes.map((route) => (
            <Entry key={route.operation.operationId} route={route} shapes={shapes} />
          ))}
        </section>
      ))}
      <section aria-labelledby="shapes" className={styles.group}>
        <h2 id="shapes">Shapes</h2>
        <p>
          A <code>time</code> is text in ISO 8601, in UTC: <code>2026-11-22T13:00:00.000Z</code>.
        </p>
        {Object.entries(shapes)
          .sort(([a], [b]) => a.localeCompare(b))
          .map(([name, schema]) => (
            <details key={name} id={`shape-${name}`} className={styles.entry}>
              <summary>
                <code>{name}</code>
              </summary>
              <Code label={`The shape ${name}`} text={typeText(schema)} shapes={shapes} />
            </details>
          ))}
      </section>
    </>
  );
}

type Shapes = Description["components"]["schemas"];

function Entry({ route: { method, path, operation }, shapes }: { route: Route; shapes: Shapes }) {
  const scope = scopeOf(operation);
  const { parameters, requestBody, responses } = operation;
  const answers = Object.entries(responses).filter(([status]) => Number(status) < 300);
  const refusals = Object.entries(responses).filter(([status]) => Number(status) >= 300);
  return (
    <details id={operation.operationId} className={styles.entry}>
      <summary>
        <span className={styles.route}>
          <span className={styles.method}>{method}</span>{" "}
          <code>
            {path
              .split("/")
              .flatMap((part, index) =>
                index ? ["/", <wbr key={part + String(index)} />, part] : [part],
              )}
          </code>
        </span>
        <span className={styles.summary}>{operation.summary}</span>
      </summary>
      <div className={styles.body}>
        {operation.description && <p>{operation.description}</p>}
        <p className={styles.who}>
          For {WHO[operation["x-who"]] ?? operation["x-who"]}
          {scope === "session" && "; not by token"}
          {scope === "any" && "; every token will do"}
          {scope && scope !== "session" && scope !== "any" && (
            <>
              ; a token needs <code>{scope}</code>
            </>
          )}
          .
        </p>
        {parameters.length > 0 && (
          <dl className={styles.list}>
            {parameters.map((one) => (
              <div key={one.in + one.name}>
                <dt>
                  <code>{one.in === "path" ? `{${one.name}}` : one.name}</code>
                  {one.in === "header" && " (header)"}
                </dt>
                <dd>
                  {one.description} <code className="muted">{typeText(one.schema)}</code>
                </dd>
              </div>
            ))}
          </dl>
        )}
        {Object.entries(requestBody?.content ?? {}).map(([type, { schema }]) => (
          <div key={type}>
            <h3 className={styles.small}>
              Sent as <code>{type}</code>
            </h3>
            {type === "application/json" && schema && (
              <Code
                label={`What ${method} ${path} is sent`}
                text={typeText(schema)}
                shapes={shapes}
              />
            )}
          </div>
        ))}
        {answers.map(([status, { description, content = {} }]) => (
          <div key={status}>
            <h3 className={styles.small}>
              Answers {status}
              {Object.keys(content).length === 0 && ", without a body"}
              {description !== "As asked." && `: ${description}`}
            </h3>
            {Object.entries(content).map(([type, { schema }]) =>
              type === "application/json" && schema ? (
                <Code
                  key={type}
                  label={`What ${method} ${path} answers`}
                  text={typeText(schema)}
                  shapes={shapes}
                />
              ) : (
                <p key={type}>
                  <code>{type}</code>
                </p>
              ),
            )}
          </div>
        ))}
        <h3 className={styles.small}>Refuses</h3>
        <dl className={styles.list}>
          {refusals.map(([status, { "x-codes": codes = [], description }]) => (
            <div key={status}>
              <dt>{status}</dt>
              <dd>
                {codes.length > 0
                  ? codes.map((code, index) => (
                      <span key={code}>
                        {index > 0 && ", "}
                        <code>{code}</code>
                      </span>
                    ))
                  : description.split(" Or ")[0]}
              </dd>
            </div>
          ))}
        </dl>
      </div>
    </details>
  );
}

/** Code, in which the names of shapes lead to them. */
function Code({ label, text, shapes }: { label: string; text: string; shapes?: Shapes }) {
  const parts = shapes ? text.split(/\b([A-Z]\w+)\b/) : [text];
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls on narrow screens.
    <section className={styles.code} aria-label={label} tabIndex={0}>
      <pre>
        <code>
          {parts.map((part, index) =>
            index % 2 === 1 && shapes && Object.hasOwn(shapes, part) ? (
              // biome-ignore lint/suspicious/noArrayIndexKey: the same text gives the same parts.
              <a key={index} href={`#shape-${part}`}>
                {part}
              </a>
            ) : (
              part
            ),
          )}
        </code>
      </pre>
    </section>
  );
}

const anchor = (tag: string) => tag.toLowerCase().replace(/\W+/g, "-");

/** How to begin. */
export function Beginning() {
  // Pages are built before anybody knows where they will be served.
  const origin = useSyncExternalStore(
    () => () => {},
    () => window.location.origin,
    () => "https://gradus.example.org",
  );
  return (
    <>
      <p>
        Everything that this site does, a program can do: the address begins with{" "}
        <code>/api/v1</code>, bodies are JSON. A program needs an{" "}
        <Link href="/account">access token</Link> that is made for what it does.
      </p>
      <Code
        label="An example"
        text={`curl -H "Authorization: Bearer gradus_…" ${origin}/api/v1/submissions`}
      />
      <p>
        What is refused says why: <code>{'{ "error": { "code", "message", "hint" } }'}</code>. Lists
        come in pages: <code>next</code>, and the header <code>Link</code>, lead on. The same for
        machines: <a href="/api/v1/openapi.json">openapi.json</a> (OpenAPI 3.1).
      </p>
    </>
  );
}
