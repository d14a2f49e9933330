"use client";

import Link from "next/link";
import { usePathname } from "next/navigation";
import type { ReactNode } from "react";
import type { ApiError } from "@/lib/api";
import { leadBack } from "@/lib/session";
import styles from "./account.module.css";

/** Where a page's own content would stand: why it is not there, and the way on. */
export function TroublePanel({
  error,
  what,
  onRetry,
}: {
  error: ApiError;
  what: string;
  onRetry: () => void;
}) {
  if (error.trouble === "signed-out")
    return (
      <section className="panel" role="alert">
        <h2 className={styles.panelTitle}>Sign in to see {what}</h2>
        <p>{error.message}</p>
        <SignInButtons />
      </section>
    );
  return (
    <section className="panel" role="alert">
      <h2 className={styles.panelTitle}>{TITLES[error.trouble] ?? `Cannot load ${what}`}</h2>
      <p>{error.message}</p>
      {error.hint && <p className="muted">{error.hint}</p>}
      {error.trouble === "forbidden" && (
        <p className="muted">If you teach here, the administrator can change your role.</p>
      )}
      <div className="buttons">
        {error.trouble !== "forbidden" && error.trouble !== "missing" && (
          <button type="button" className="button" onClick={onRetry}>
            Try again
          </button>
        )}
        {(error.trouble === "forbidden" || error.trouble === "missing") && (
          <Link className="button" href="/course">
            Go to the course
          </Link>
        )}
      </div>
    </section>
  );
}

const TITLES: Partial<Record<ApiError["trouble"], string>> = {
  forbidden: "This page is not for your role",
  missing: "There is nothing here",
  offline: "No connection",
};

/** Sign in or create an account, and come back to this page. */
export function SignInButtons() {
  const here = useHere();
  return (
    <div className="buttons">
      <Link className="button button--primary" href={leadBack("/sign-in", here)}>
        Sign in
      </Link>
      <Link className="button" href={leadBack("/sign-up", here)}>
        Create an account
      </Link>
    </div>
  );
}

/** The current address with its query, to come back to. */
function useHere(): string {
  const path = usePathname();
  return typeof window === "undefined" ? path : path + window.location.search;
}

/** A refusal beside the control that caused it. */
export function TroubleNote({ error, children }: { error: ApiError; children?: ReactNode }) {
  return (
    <div className="note note--failed" role="alert">
      <p>
        {error.message} {error.hint}
      </p>
      {children}
    </div>
  );
}
