"use client";

import Link from "next/link";
import { useRouter } from "next/navigation";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { type ApiError, signIn } from "@/lib/api";
import { leadBack, safeReturn, signedIn, signOut, useSession } from "@/lib/session";
import { Field, PasswordField, useReady } from "./field";
import { TroubleNote } from "./trouble";

/** Where the reader wants to go once signed in; known only in the browser. */
export function useReturn(): string {
  const [next, setNext] = useState("/course");
  useEffect(() => setNext(safeReturn(new URLSearchParams(window.location.search).get("next"))), []);
  return next;
}

/** Shown instead of a form to somebody who is signed in already. */
export function AlreadyIn({ name, next }: { name: string; next: string }) {
  const [error, setError] = useState<ApiError | null>(null);
  return (
    <div className="panel ui">
      <p>You are signed in as {name}.</p>
      <div className="buttons">
        <Link className="button button--primary" href={next}>
          Go on
        </Link>
        <button type="button" className="button" onClick={() => signOut().catch(setError)}>
          Sign out
        </button>
      </div>
      {error && <TroubleNote error={error} />}
    </div>
  );
}

export function SignIn() {
  const router = useRouter();
  const session = useSession();
  const ready = useReady();
  const next = useReturn();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [missing, setMissing] = useState<{ email?: string; password?: string }>({});
  const [error, setError] = useState<ApiError | null>(null);
  const [busy, setBusy] = useState(false);
  const emailInput = useRef<HTMLInputElement>(null);
  const passwordInput = useRef<HTMLInputElement>(null);

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (busy) return;
    const gaps = {
      email: email.trim() ? undefined : "Type the e-mail of your account.",
      password: password ? undefined : "Type your password.",
    };
    setMissing(gaps);
    setError(null);
    if (gaps.email) return emailInput.current?.focus();
    if (gaps.password) return passwordInput.current?.focus();
    setBusy(true);
    try {
      await signIn(email.trim(), password);
      await signedIn();
      router.replace(next);
    } catch (error) {
      setError(error as ApiError);
      setBusy(false);
    }
  }

  if (session.state === "in" && !busy) return <AlreadyIn name={session.me.user.name} next={next} />;
  return (
    <form className="form" method="post" noValidate onSubmit={submit}>
      <Field
        ref={emailInput}
        label="E-mail"
        type="email"
        name="email"
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        value={email}
        onChange={(event) => setEmail(event.target.value)}
        error={missing.email}
      />
      <PasswordField
        ref={passwordInput}
        label="Password"
        name="password"
        autoComplete="current-password"
        value={password}
        onChange={(event) => setPassword(event.target.value)}
        error={missing.password}
      />
      {error && <TroubleNote error={error} />}
      <div className="buttons">
        <button type="submit" className="button button--primary" disabled={!ready || busy}>
          {busy ? "Signing in …" : "Sign in"}
        </button>
      </div>
      <p className="muted">
        No account yet? <Link href={leadBack("/sign-up", next)}>Create one</Link>.
      </p>
      <noscript>
        <p className="note note--failed">
          Signing in needs JavaScript, which is off in this browser.
        </p>
      </noscript>
    </form>
  );
}
