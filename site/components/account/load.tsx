"use client";

import { type ReactNode, useCallback, useEffect, useState } from "react";
import type { ApiError } from "@/lib/api";
import { sessionEnded } from "@/lib/session";
import { TroublePanel } from "./trouble";

/** What a page asked the server for: on its way, refused, or here. */
export type Load<T> = (
  | { state: "loading" }
  | { state: "failed"; error: ApiError }
  | { state: "done"; data: T }
) & {
  /** Asks again; what is on show stays until the answer is here, unless it was a failure. */
  reload(): void;
  /** Puts newer data in place of what came. */
  set(change: (data: T) => T): void;
};

/**
 * Asks for something when the component appears, and again when `key` changes. The answer to an
 * earlier key never replaces the answer to a later one.
 */
export function useLoad<T>(key: string, ask: (signal: AbortSignal) => Promise<T>): Load<T> {
  type Held = { key: string } & (
    | { state: "loading" }
    | { state: "failed"; error: ApiError }
    | { state: "done"; data: T }
  );
  const [held, setHeld] = useState<Held>({ key, state: "loading" });
  const [round, setRound] = useState(0);

  // biome-ignore lint/correctness/useExhaustiveDependencies: `key` stands for what `ask` asks; `round` asks again.
  useEffect(() => {
    const controller = new AbortController();
    ask(controller.signal).then(
      (data) => controller.signal.aborted || setHeld({ key, state: "done", data }),
      (error: ApiError) => {
        if (controller.signal.aborted) return;
        if (error.trouble === "signed-out") sessionEnded();
        setHeld({ key, state: "failed", error });
      },
    );
    return () => controller.abort();
  }, [key, round]);

  const reload = useCallback(() => {
    setHeld((now) => (now.state === "failed" ? { key: now.key, state: "loading" } : now));
    setRound((n) => n + 1);
  }, []);
  const set = useCallback((change: (data: T) => T) => {
    setHeld((now) => (now.state === "done" ? { ...now, data: change(now.data) } : now));
  }, []);

  const now: Held = held.key === key ? held : { key, state: "loading" };
  return { ...now, reload, set };
}

/** Shows a {@link Load} in its states; `children` draws what came, empty or not. */
export function Loaded<T>({
  of,
  what,
  children,
}: {
  of: Load<T>;
  /** What is being loaded, for "Loading …" and the refusal: "your submissions". */
  what: string;
  children: (data: T) => ReactNode;
}) {
  if (of.state === "loading") return <Loading what={what} />;
  if (of.state === "failed")
    return <TroublePanel error={of.error} what={what} onRetry={of.reload} />;
  return children(of.data);
}

/** Holds a page's place while its data is on the way. */
export function Loading({ what }: { what: string }) {
  return (
    <p className="note note--working" role="status">
      Loading {what} …
    </p>
  );
}
