"use client";

import type { Me, NewToken, Role, Scope, Token } from "@gradus/grader/service";
import Link from "next/link";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { type ApiError, createToken, listTokens, revokeAllTokens, revokeToken } from "@/lib/api";
import styles from "./account.module.css";
import { Confirm } from "./confirm";
import { CopyLine } from "./copy";
import { Field } from "./field";
import { Loaded, useLoad } from "./load";
import { TroubleNote } from "./trouble";
import { When } from "./when";

/** What each scope allows, and from which role on it makes a difference. */
const SCOPES: Record<Scope, { may: string; from: Role }> = {
  read: { may: "See your own submissions, grades and due dates", from: "learner" },
  submit: { may: "Hand in, in your name", from: "learner" },
  "course:read": { may: "See people, work and grades of courses you teach", from: "assistant" },
  grade: { may: "Grade by hand, release and regrade", from: "assistant" },
  "course:write": { may: "Change people, dates, rules and groups", from: "instructor" },
  admin: { may: "Make courses, give roles, read the whole audit log", from: "administrator" },
};
const NAMES = Object.keys(SCOPES) as Scope[];
const USUAL: readonly Scope[] = ["read", "submit"];
const ROLES: readonly Role[] = ["learner", "assistant", "instructor", "administrator"];
const TERMS: { days: number | null; words: string }[] = [
  { days: 30, words: "30 days" },
  { days: 180, words: "180 days, a term" },
  { days: 365, words: "a year" },
  { days: null, words: "until I revoke it" },
];

export function Tokens({ me }: { me: Me }) {
  const tokens = useLoad("tokens", listTokens);
  const [fresh, setFresh] = useState<NewToken | null>(null);
  const [leaving, setLeaving] = useState<Token | "all" | null>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);

  async function revoke(token: Token | "all") {
    setBusy(true);
    setError(null);
    try {
      await (token === "all" ? revokeAllTokens() : revokeToken(token.id));
      tokens.set((list) => (token === "all" ? [] : list.filter((other) => other.id !== token.id)));
      if (token === "all" || fresh?.id === token.id) setFresh(null);
    } catch (error) {
      setError(error as ApiError);
    }
    setBusy(false);
    setLeaving(null);
  }

  return (
    <section className={styles.section} aria-labelledby="tokens">
      <h2 id="tokens">Access tokens</h2>
      <p>
        With a token the <code>gradus</code> command, or a program of yours, works in your name.
        Make one for each machine, for no more than it needs, and revoke it when the machine is
        gone. <Link href="/developers">What programs can do</Link>
      </p>
      {fresh && <Fresh token={fresh} onDone={() => setFresh(null)} />}
      <NewTokenForm
        me={me}
        onCreate={(token) => {
          setFresh(token);
          tokens.set((list) => [token, ...list.filter((other) => other.id !== token.id)]);
        }}
      />
      {error && <TroubleNote error={error} />}
      <Loaded of={tokens} what="your tokens">
        {(list) =>
          list.length === 0 ? (
            <p className="empty">No tokens yet. You need one only outside of this site.</p>
          ) : (
            <>
              <TokenTable list={list} onRevoke={setLeaving} />
              {list.length > 1 && (
                <div className="buttons">
                  <button
                    type="button"
                    className="button button--alarm"
                    onClick={() => setLeaving("all")}
                  >
                    Revoke all of them
                  </button>
                </div>
              )}
            </>
          )
        }
      </Loaded>
      {leaving && (
        <Confirm
          title={leaving === "all" ? "Revoke all of your tokens?" : `Revoke “${leaving.name}”?`}
          action={leaving === "all" ? "Revoke all" : "Revoke"}
          alarm
          busy={busy}
          onConfirm={() => revoke(leaving)}
          onCancel={() => setLeaving(null)}
        >
          <p>
            {leaving === "all"
              ? "Every program that uses one is refused from now on, on every machine. You stay signed in here."
              : "Whatever uses this token is refused from now on. It cannot be brought back."}
          </p>
        </Confirm>
      )}
    </section>
  );
}

function TokenTable({ list, onRevoke }: { list: Token[]; onRevoke: (token: Token) => void }) {
  return (
    <section
      className="table-frame"
      aria-label="Your tokens"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls on narrow screens.
      tabIndex={0}
    >
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">May</th>
            <th scope="col">Starts with</th>
            <th scope="col">Last used</th>
            <th scope="col">Ends</th>
            <th scope="col">
              <span className="visually-hidden">Revoke</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {list.map((token) => (
            <tr key={token.id}>
              <th scope="row">{token.name}</th>
              <td>
                <ul className={styles.scopes}>
                  {token.scopes.map((scope) => (
                    <li key={scope}>
                      <code>{scope}</code>
                    </li>
                  ))}
                </ul>
              </td>
              <td>
                <code>{token.start}</code>
              </td>
              <td>{token.lastUsedAt ? <When at={token.lastUsedAt} /> : "never"}</td>
              <td>
                {token.expiresAt === null ? (
                  "never"
                ) : Date.parse(token.expiresAt) <= Date.now() ? (
                  <strong>has ended</strong>
                ) : (
                  <When at={token.expiresAt} />
                )}
              </td>
              <td className="number">
                <button
                  type="button"
                  className="button button--small button--alarm"
                  onClick={() => onRevoke(token)}
                >
                  Revoke<span className="visually-hidden"> {token.name}</span>
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function NewTokenForm({ me, onCreate }: { me: Me; onCreate: (token: NewToken) => void }) {
  const [name, setName] = useState("");
  const [wanted, setWanted] = useState<readonly Scope[]>(USUAL);
  const [days, setDays] = useState<number | null>(180);
  const [gap, setGap] = useState<string>();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const input = useRef<HTMLInputElement>(null);
  const rank = Math.max(...[me.role, ...me.courses.map(({ role }) => role)].map(rankOf));
  const offered = NAMES.filter((scope) => rankOf(SCOPES[scope].from) <= rank);

  // `gradus login` leads here, and says for which machine and for what.
  useEffect(() => {
    const asked = new URLSearchParams(window.location.search);
    const forWhat = asked.get("scopes")?.split(",") ?? [];
    const scopes = NAMES.filter((scope) => forWhat.includes(scope));
    if (scopes.length > 0) setWanted(scopes);
    const machine = asked.get("token");
    if (machine === null) return;
    setName(machine.slice(0, 60));
    input.current?.focus();
  }, []);

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (busy) return;
    setError(null);
    if (!name.trim()) {
      setGap("Give it a name to know it by later.");
      input.current?.focus();
      return;
    }
    setGap(undefined);
    setBusy(true);
    try {
      const scopes = offered.filter((scope) => wanted.includes(scope));
      onCreate(await createToken(name.trim(), scopes, days));
      setName("");
      setWanted(USUAL);
    } catch (error) {
      setError(error as ApiError);
    }
    setBusy(false);
  }

  const none = !offered.some((scope) => wanted.includes(scope));
  return (
    <form className="form" method="post" noValidate onSubmit={submit}>
      <Field
        ref={input}
        label="Name of a new token"
        placeholder="my laptop"
        maxLength={60}
        autoComplete="off"
        value={name}
        onChange={(event) => setName(event.target.value)}
        error={gap}
      />
      <fieldset className={styles.choices}>
        <legend>It may</legend>
        {offered.map((scope) => (
          <label key={scope} className={styles.choice}>
            <input
              type="checkbox"
              checked={wanted.includes(scope)}
              onChange={(event) =>
                setWanted(
                  event.target.checked
                    ? [...wanted, scope]
                    : wanted.filter((other) => other !== scope),
                )
              }
            />
            <span>
              {SCOPES[scope].may} <code>{scope}</code>
            </span>
          </label>
        ))}
        {none && <p className="field__error">Without any of these it could do nothing.</p>}
      </fieldset>
      <div className="field">
        <label htmlFor="token-days">It lasts</label>
        <select
          id="token-days"
          value={String(days)}
          onChange={(event) =>
            setDays(event.target.value === "null" ? null : Number(event.target.value))
          }
        >
          {TERMS.map((term) => (
            <option key={term.words} value={String(term.days)}>
              {term.words}
            </option>
          ))}
        </select>
      </div>
      {error && <TroubleNote error={error} />}
      <div className="buttons">
        <button type="submit" className="button" disabled={busy || none}>
          {busy ? "Creating …" : "Create"}
        </button>
      </div>
    </form>
  );
}

/** The one time that a token's secret is on show. */
function Fresh({ token, onDone }: { token: NewToken; onDone: () => void }) {
  const panel = useRef<HTMLElement>(null);
  useEffect(() => panel.current?.focus(), []);
  return (
    <section ref={panel} className="panel" tabIndex={-1} aria-label={`The token ${token.name}`}>
      <h3 className={styles.panelTitle}>“{token.name}” is ready. Copy it now.</h3>
      <p>It is shown this once: only its fingerprint is kept.</p>
      <CopyLine label="The token" text={token.token} />
      <CopyLine
        label="In a terminal, in the folder of Gradus"
        text={`npx gradus login --url ${window.location.origin} --token ${token.token}`}
      />
      <div className="buttons">
        <button type="button" className="button" onClick={onDone}>
          I have copied it
        </button>
      </div>
    </section>
  );
}

const rankOf = (role: Role) => ROLES.indexOf(role);
