"use client";

import Link from "next/link";
import { useEffect, useState } from "react";
import { type ApiError, claimAdministrator, setupState } from "@/lib/api";
import { leadBack, refreshSession, signOut, useSession } from "@/lib/session";
import styles from "./account.module.css";
import { Loaded, Loading, useLoad } from "./load";
import { TroubleNote, TroublePanel } from "./trouble";

/** The one-time link's page: who is signed in becomes the administrator, once. */
export function Setup() {
  const session = useSession();
  const state = useLoad("setup", setupState);
  const [token, setToken] = useState<string | null | undefined>(undefined);
  const [claimed, setClaimed] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  useEffect(() => setToken(new URLSearchParams(window.location.search).get("token")), []);

  async function claim() {
    if (busy || !token) return;
    setBusy(true);
    setError(null);
    try {
      await claimAdministrator(token);
      setClaimed(true);
      // The used token has no business in the address bar or the history.
      window.history.replaceState(window.history.state, "", "/setup");
      await refreshSession();
    } catch (error) {
      setError(error as ApiError);
    }
    setBusy(false);
  }

  if (claimed)
    return (
      <section className="panel" role="status">
        <h2 className={styles.panelTitle}>You are the administrator</h2>
        <p>
          Learners may now create accounts. Once an instructor has one, make them an instructor
          under Members.
        </p>
        <div className="buttons">
          <Link className="button button--primary" href="/instructor/members">
            Members
          </Link>
          <Link className="button" href="/instructor">
            Gradebook
          </Link>
        </div>
      </section>
    );

  return (
    <Loaded of={state} what="the state of this Gradus">
      {({ needsAdministrator }) => {
        if (!needsAdministrator)
          return (
            <section className="panel">
              <h2 className={styles.panelTitle}>This link has been used</h2>
              <p>
                This Gradus has an administrator, and the link works once. If it was not you, ask
                whoever runs it; another administrator can be named under Members.
              </p>
              <div className="buttons">
                <Link className="button" href="/course">
                  Go to the course
                </Link>
              </div>
            </section>
          );
        if (token === undefined || session.state === "loading")
          return <Loading what="your account" />;
        if (!token)
          return (
            <section className="panel">
              <h2 className={styles.panelTitle}>The link is not complete</h2>
              <p>
                Its end, <code>?token=…</code>, is missing. The whole link stands in the terminal
                where Gradus was started; copy it from there.
              </p>
            </section>
          );
        if (session.state === "failed")
          return (
            <TroublePanel error={session.error} what="your account" onRetry={refreshSession} />
          );
        if (session.state === "out") {
          const here = `/setup?token=${encodeURIComponent(token)}`;
          return (
            <section className="panel">
              <h2 className={styles.panelTitle}>First, an account</h2>
              <p>
                The administrator is an account like any other. Create yours, and come back here.
              </p>
              <div className="buttons">
                <Link className="button button--primary" href={leadBack("/sign-up", here)}>
                  Create an account
                </Link>
                <Link className="button" href={leadBack("/sign-in", here)}>
                  Sign in
                </Link>
              </div>
            </section>
          );
        }
        const { user } = session.me;
        return (
          <section className="panel">
            <h2 className={styles.panelTitle}>Make {user.name} the administrator?</h2>
            <p>
              You are signed in as {user.name} ({user.email}). As administrator this account sees
              everyone’s work and says who is an instructor.
            </p>
            {error && <TroubleNote error={error} />}
            <div className="buttons">
              <button
                type="button"
                className="button button--primary"
                disabled={busy}
                onClick={claim}
              >
                {busy ? "One moment …" : "Become the administrator"}
              </button>
              <button
                type="button"
                className="button"
                disabled={busy}
                onClick={() => signOut().catch(setError)}
              >
                Use another account
              </button>
            </div>
          </section>
        );
      }}
    </Loaded>
  );
}
