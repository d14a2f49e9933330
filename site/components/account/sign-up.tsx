"use client";

import Link from "next/link";
import { useRouter } from "next/navigation";
import { type FormEvent, useRef, useState } from "react";
import { type ApiError, setupState, signUp } from "@/lib/api";
import { leadBack, signedIn, useSession } from "@/lib/session";
import { Field, judgePassword, PASSWORD_HINT, PasswordField, useReady } from "./field";
import { useLoad } from "./load";
import { AlreadyIn, useReturn } from "./sign-in";
import { TroubleNote } from "./trouble";

const NAME_MAX = 100;

const RULES = {
  name(value: string) {
    if (!value.trim()) return "Type the name your instructor knows you by.";
    if (value.trim().length > NAME_MAX) return `Use at most ${NAME_MAX} characters.`;
  },
  email(value: string) {
    if (!value.trim()) return "Type your e-mail: you sign in with it.";
    if (!/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value.trim()))
      return "This is not a full e-mail address, like ada@example.org.";
  },
  password: judgePassword,
};
type Name = keyof typeof RULES;
const ORDER: Name[] = ["name", "email", "password"];

export function SignUp() {
  const router = useRouter();
  const session = useSession();
  const ready = useReady();
  const next = useReturn();
  const setup = useLoad("setup", setupState);
  const [values, setValues] = useState<Record<Name, string>>({ name: "", email: "", password: "" });
  // A field is judged once it was left or sent, then at every key: not while it is first typed.
  const [judged, setJudged] = useState<Partial<Record<Name, boolean>>>({});
  const [error, setError] = useState<ApiError | null>(null);
  const [busy, setBusy] = useState(false);
  const inputs = {
    name: useRef<HTMLInputElement>(null),
    email: useRef<HTMLInputElement>(null),
    password: useRef<HTMLInputElement>(null),
  };

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (busy) return;
    setJudged({ name: true, email: true, password: true });
    setError(null);
    const wrong = ORDER.find((name) => RULES[name](values[name]));
    if (wrong) return inputs[wrong].current?.focus();
    setBusy(true);
    try {
      await signUp(values.name.trim(), values.email.trim(), values.password);
      await signedIn();
      router.replace(next);
    } catch (error) {
      setError(error as ApiError);
      setBusy(false);
    }
  }

  const bind = (name: Name) => ({
    ref: inputs[name],
    name,
    value: values[name],
    error: judged[name] ? RULES[name](values[name]) : undefined,
    onChange: (event: { target: { value: string } }) =>
      setValues((now) => ({ ...now, [name]: event.target.value })),
    onBlur: () => values[name] && setJudged((now) => ({ ...now, [name]: true })),
  });

  if (session.state === "in" && !busy) return <AlreadyIn name={session.me.user.name} next={next} />;
  if (setup.state === "done" && setup.data.signUp === "closed")
    return (
      <div className="note">
        <p>
          New accounts are closed here: ask your instructor for one. If you have one,{" "}
          <Link href={leadBack("/sign-in", next)}>sign in</Link>.
        </p>
      </div>
    );
  const byRoster = setup.state === "done" && setup.data.signUp === "roster";
  return (
    <form className="form" method="post" noValidate onSubmit={submit}>
      <Field
        {...bind("name")}
        label="Name"
        autoComplete="name"
        hint="As your instructor knows you."
      />
      <Field
        {...bind("email")}
        label="E-mail"
        type="email"
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        hint={
          byRoster
            ? "The one on your course’s roster: only that can be used here. Nothing is sent to it."
            : "To sign in with. Nothing is sent to it."
        }
      />
      <PasswordField
        {...bind("password")}
        label="Password"
        autoComplete="new-password"
        hint={PASSWORD_HINT}
      />
      {error && <TroubleNote error={error} />}
      <div className="buttons">
        <button type="submit" className="button button--primary" disabled={!ready || busy}>
          {busy ? "Creating the account …" : "Create the account"}
        </button>
      </div>
      <p className="muted">
        Have an account? <Link href={leadBack("/sign-in", next)}>Sign in</Link>.
      </p>
      <noscript>
        <p className="note note--failed">
          This form needs JavaScript, which is off in this browser.
        </p>
      </noscript>
    </form>
  );
}
