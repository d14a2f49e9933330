"use client";

import {
  type InputHTMLAttributes,
  type ReactNode,
  type Ref,
  useId,
  useState,
  useSyncExternalStore,
} from "react";
import styles from "./account.module.css";

interface FieldProps extends Omit<InputHTMLAttributes<HTMLInputElement>, "children"> {
  label: string;
  hint?: ReactNode;
  error?: string;
  ref?: Ref<HTMLInputElement>;
}

/** A labelled input with its hint and its error, which a screen reader reads with it. */
export function Field({ label, hint, error, ...input }: FieldProps) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input {...input} {...described(id, hint, error)} />
      <Remarks id={id} hint={hint} error={error} />
    </div>
  );
}

/** A password input whose content can be shown. */
export function PasswordField({ label, hint, error, ...input }: FieldProps) {
  const id = useId();
  const [shown, setShown] = useState(false);
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <div className={styles.password}>
        <input
          {...input}
          {...described(id, hint, error)}
          type={shown ? "text" : "password"}
          autoCapitalize="none"
          autoCorrect="off"
          spellCheck={false}
        />
        <button
          type="button"
          className="button button--quiet button--small"
          aria-pressed={shown}
          aria-controls={id}
          onClick={() => setShown(!shown)}
        >
          {shown ? "Hide" : "Show"}
          <span className="visually-hidden"> the password</span>
        </button>
      </div>
      <Remarks id={id} hint={hint} error={error} />
    </div>
  );
}

/** The service's own limits, said before it has to refuse. */
const PASSWORD = { min: 8, max: 128 };

export const PASSWORD_HINT = `At least ${PASSWORD.min} characters. A few plain words are easier to keep than signs.`;

/** What is wrong with a new password; undefined when nothing is. */
export function judgePassword(value: string): string | undefined {
  if (value.length < PASSWORD.min)
    return `Use at least ${PASSWORD.min} characters; there ${value.length === 1 ? "is" : "are"} ${value.length} so far.`;
  if (value.length > PASSWORD.max) return `Use at most ${PASSWORD.max} characters.`;
}

function described(id: string, hint: ReactNode, error: string | undefined) {
  const by = [error && `${id}-error`, hint && `${id}-hint`].filter(Boolean).join(" ");
  return { id, "aria-invalid": error ? true : undefined, "aria-describedby": by || undefined };
}

function Remarks({ id, hint, error }: { id: string; hint: ReactNode; error?: string }) {
  return (
    <>
      {error && (
        <p className="field__error" id={`${id}-error`}>
          {error}
        </p>
      )}
      {hint && (
        <p className="field__hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </>
  );
}

const never = () => () => {};

/** False in the page as served, true once React runs it: before that a form would lose its input. */
export function useReady(): boolean {
  return useSyncExternalStore(
    never,
    () => true,
    () => false,
  );
}
