import type { Me } from "@gradus/grader/service";
import { useEffect, useSyncExternalStore } from "react";
import { type ApiError, signOut as askToSignOut, whoAmI } from "./api";

/** Who is at the keyboard, as far as this page knows. */
export type Session =
  | { state: "loading" }
  | { state: "out" }
  | { state: "in"; me: Me }
  | { state: "failed"; error: ApiError };

const loading: Session = { state: "loading" };
let session: Session = loading;
let asked = false;
const listeners = new Set<() => void>();
// Signing in or out in one tab is seen by the others.
let others: BroadcastChannel | undefined;

function set(next: Session): void {
  session = next;
  for (const listener of listeners) listener();
}

/** Asks the server who is signed in; every component that uses the session hears the answer. */
export async function refreshSession(): Promise<void> {
  asked = true;
  try {
    const me = await whoAmI();
    set(me ? { state: "in", me } : { state: "out" });
  } catch (error) {
    set({ state: "failed", error: error as ApiError });
  }
}

/** To be called after signing in or up: this page and the other tabs learn who it is. */
export async function signedIn(): Promise<void> {
  await refreshSession();
  others?.postMessage("changed");
}

/** To be called when the server says that nobody is signed in (any more). */
export function sessionEnded(): void {
  set({ state: "out" });
}

/** Signs out here and in the other tabs. Throws ApiError. */
export async function signOut(): Promise<void> {
  await askToSignOut();
  set({ state: "out" });
  others?.postMessage("changed");
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  if (!others && typeof BroadcastChannel !== "undefined") {
    others = new BroadcastChannel("gradus.session");
    others.onmessage = () => void refreshSession();
  }
  return () => listeners.delete(listener);
}

/** The session; the server is asked once per page load, however many components use it. */
export function useSession(): Session {
  useEffect(() => {
    if (!asked) void refreshSession();
  }, []);
  return useSyncExternalStore(
    subscribe,
    () => session,
    () => loading,
  );
}

/** `path` if it is a place on this site, else `fallback`: a link may not lead elsewhere after signing in. */
export function safeReturn(path: string | null, fallback = "/course"): string {
  if (!path?.startsWith("/")) return fallback;
  const base = "http://here.invalid";
  try {
    const url = new URL(path, base);
    return url.origin === base ? url.pathname + url.search + url.hash : fallback;
  } catch {
    return fallback;
  }
}

/** The address of `page` (sign-in, sign-up) that leads back to where the reader is now. */
export const leadBack = (page: "/sign-in" | "/sign-up", to: string) =>
  `${page}?next=${encodeURIComponent(to)}`;
