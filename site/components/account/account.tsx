"use client";

import type { NewToken, Role, Token } from "@gradus/grader/service";
import { useRouter } from "next/navigation";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { type ApiError, changePassword, createToken, listTokens, revokeToken } from "@/lib/api";
import { refreshSession, signOut, useSession } from "@/lib/session";
import styles from "./account.module.css";
import { Confirm } from "./confirm";
import { CopyLine } from "./copy";
import { Field, judgePassword, PASSWORD_HINT, PasswordField } from "./field";
import { Loaded, Loading, useLoad } from "./load";
import { SignInButtons, TroubleNote, TroublePanel } from "./trouble";
import { When } from "./when";

export const ROLE_WORDS: Record<Role, { name: string; may: string }> = {
  learner: { name: "Learner", may: "hands in exercises and sees their own verdicts" },
  assistant: { name: "Teaching assistant", may: "sees the gradebook and everyone’s work" },
  instructor: { name: "Instructor", may: "does what assistants do, and sets dates and rules" },
  administrator: { name: "Administrator", may: "does what instructors do, and says who is one" },
};

export function Account() {
  const session = useSession();
  if (session.state === "loading") return <Loading what="your account" />;
  if (session.state === "failed")
    return <TroublePanel error={session.error} what="your account" onRetry={refreshSession} />;
  if (session.state === "out")
    return (
      <section className="panel">
        <h2 className={styles.panelTitle}>You are not signed in</h2>
        <SignInButtons />
      </section>
    );
  const { user, role } = session.me;
  return (
    <>
      <section className="panel">
        <dl className={styles.facts}>
          <div>
            <dt>Name</dt>
            <dd>{user.name}</dd>
          </div>
          <div>
            <dt>E-mail</dt>
            <dd>{user.email}</dd>
          </div>
          <div>
            <dt>Role</dt>
            <dd>
              {ROLE_WORDS[role].name} <span className="muted">{ROLE_WORDS[role].may}</span>
            </dd>
          </div>
        </dl>
        <ChangePassword email={user.email} />
        <SignOut />
      </section>
      <Tokens />
    </>
  );
}

function ChangePassword({ email }: { email: string }) {
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const [judged, setJudged] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const [done, setDone] = useState(false);

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (busy) return;
    setJudged(true);
    setError(null);
    setDone(false);
    if (!current || judgePassword(next)) return;
    setBusy(true);
    try {
      await changePassword(current, next);
      setCurrent("");
      setNext("");
      setJudged(false);
      setDone(true);
    } catch (error) {
      setError(error as ApiError);
    }
    setBusy(false);
  }

  return (
    <details className={styles.change}>
      <summary>Change the password</summary>
      <form className="form" method="post" noValidate onSubmit={submit}>
        {/* Password managers need to know whose password it is. */}
        <input type="hidden" name="email" autoComplete="username" value={email} readOnly />
        <PasswordField
          label="Current password"
          autoComplete="current-password"
          value={current}
          onChange={(event) => setCurrent(event.target.value)}
          error={judged && !current ? "Type the password you sign in with now." : undefined}
        />
        <PasswordField
          label="New password"
          autoComplete="new-password"
          hint={PASSWORD_HINT}
          value={next}
          onChange={(event) => setNext(event.target.value)}
          error={judged ? judgePassword(next) : undefined}
        />
        {error && <TroubleNote error={error} />}
        <p role="status" className={done ? "note note--done" : "visually-hidden"}>
          {done && "The password is changed. Other devices are signed out."}
        </p>
        <div className="buttons">
          <button type="submit" className="button" disabled={busy}>
            {busy ? "Changing …" : "Change it"}
          </button>
        </div>
      </form>
    </details>
  );
}

function SignOut() {
  const router = useRouter();
  const [error, setError] = useState<ApiError | null>(null);
  return (
    <>
      <div className="buttons">
        <button
          type="button"
          className="button"
          onClick={() => signOut().then(() => router.push("/course"), setError)}
        >
          Sign out
        </button>
      </div>
      {error && <TroubleNote error={error} />}
    </>
  );
}

function Tokens() {
  const tokens = useLoad("tokens", listTokens);
  const [fresh, setFresh] = useState<NewToken | null>(null);
  const [leaving, setLeaving] = useState<Token | null>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);

  async function revoke(token: Token) {
    setBusy(true);
    setError(null);
    try {
      await revokeToken(token.id);
      tokens.set((list) => list.filter((other) => other.id !== token.id));
      if (fresh?.id === token.id) setFresh(null);
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
        With a token the <code>gradus</code> command hands in from your terminal, in your name. Make
        one for each machine, and revoke it when the machine is gone.
      </p>
      {fresh && <Fresh token={fresh} onDone={() => setFresh(null)} />}
      <NewTokenForm
        onCreate={(token) => {
          setFresh(token);
          tokens.set((list) => [token, ...list.filter((other) => other.id !== token.id)]);
        }}
      />
      {error && <TroubleNote error={error} />}
      <Loaded of={tokens} what="your tokens">
        {(list) =>
          list.length === 0 ? (
            <p className="empty">No tokens yet. You need one only to hand in from a terminal.</p>
          ) : (
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
                    <th scope="col">Starts with</th>
                    <th scope="col">Created</th>
                    <th scope="col">Last used</th>
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
                        <code>{token.start}</code>
                      </td>
                      <td>
                        <When at={token.createdAt} />
                      </td>
                      <td>{token.lastUsedAt ? <When at={token.lastUsedAt} /> : "never"}</td>
                      <td className="number">
                        <button
                          type="button"
                          className="button button--small button--alarm"
                          onClick={() => setLeaving(token)}
                        >
                          Revoke<span className="visually-hidden"> {token.name}</span>
                        </button>
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </section>
          )
        }
      </Loaded>
      {leaving && (
        <Confirm
          title={`Revoke “${leaving.name}”?`}
          action="Revoke"
          alarm
          busy={busy}
          onConfirm={() => revoke(leaving)}
          onCancel={() => setLeaving(null)}
        >
          <p>Whatever uses this token is refused from now on. It cannot be brought back.</p>
        </Confirm>
      )}
    </section>
  );
}

function NewTokenForm({ onCreate }: { onCreate: (token: NewToken) => void }) {
  const [name, setName] = useState("");
  const [gap, setGap] = useState<string>();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const input = useRef<HTMLInputElement>(null);

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
      onCreate(await createToken(name.trim()));
      setName("");
    } catch (error) {
      setError(error as ApiError);
    }
    setBusy(false);
  }

  return (
    <form className="form" method="post" noValidate onSubmit={submit}>
      <div className={styles.inlineForm}>
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
        <button type="submit" className="button" disabled={busy}>
          {busy ? "Creating …" : "Create"}
        </button>
      </div>
      {error && <TroubleNote error={error} />}
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
