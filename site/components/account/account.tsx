"use client";

import type { Role } from "@gradus/grader/service";
import { useRouter } from "next/navigation";
import { type FormEvent, useState } from "react";
import { type ApiError, changePassword } from "@/lib/api";
import { refreshSession, signOut, useSession } from "@/lib/session";
import styles from "./account.module.css";
import { judgePassword, PASSWORD_HINT, PasswordField } from "./field";
import { Loading } from "./load";
import { Tokens } from "./tokens";
import { SignInButtons, TroubleNote, TroublePanel } from "./trouble";

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
      <Tokens me={session.me} />
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
