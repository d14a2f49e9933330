"use client";

import Link from "next/link";
import { usePathname, useRouter } from "next/navigation";
import { useEffect, useId, useRef } from "react";
import { leadBack, signOut, useSession } from "@/lib/session";
import styles from "./account.module.css";

/** The header's end: "Sign in", or the signed-in person's menu. */
export function AccountMenu() {
  const session = useSession();
  const path = usePathname();
  const router = useRouter();
  const id = useId();
  const menu = useRef<HTMLDivElement>(null);

  // A page change within the site leaves the header standing: the menu must close itself.
  // biome-ignore lint/correctness/useExhaustiveDependencies: it closes because `path` changed.
  useEffect(() => menu.current?.hidePopover?.(), [path]);

  if (session.state !== "in") {
    const here = path === "/sign-in" || path === "/sign-up" ? "/course" : path;
    return (
      <Link
        href={leadBack("/sign-in", here)}
        className={styles.signInLink}
        data-known={session.state !== "loading"}
        prefetch={false}
      >
        Sign in
      </Link>
    );
  }

  const { user, role } = session.me;
  return (
    <div className={styles.menuFrame}>
      <button
        type="button"
        className={`button button--quiet button--small ${styles.menuButton}`}
        popoverTarget={id}
      >
        <span className={styles.menuName} aria-hidden="true">
          {user.name}
        </span>
        <span className={styles.menuInitials} aria-hidden="true">
          {initials(user.name)}
        </span>
        <span className="visually-hidden">{user.name}: your menu</span>
        <span aria-hidden="true">▾</span>
      </button>
      <div ref={menu} id={id} popover="auto" className={styles.menu}>
        <p className={styles.menuWho}>
          <strong>{user.name}</strong>
          <span className="muted">{user.email}</span>
        </p>
        <nav aria-label="Your pages" className={styles.menuLinks}>
          <Link href="/due">What is due</Link>
          <Link href="/submissions">Your submissions</Link>
          <Link href="/account">Account and tokens</Link>
          {session.me.courses.some((course) => course.role !== "learner") && (
            <Link href="/instructor">Teaching</Link>
          )}
          {role === "administrator" && <Link href="/instructor/members">Members</Link>}
        </nav>
        <button
          type="button"
          className="button button--small"
          onClick={() =>
            signOut().then(
              () => router.refresh(),
              () => router.push("/account"),
            )
          }
        >
          Sign out
        </button>
      </div>
    </div>
  );
}

/** "Ada Lovelace" → "AL": what there is room for on a phone. */
function initials(name: string): string {
  const words = name.split(/\s+/).filter(Boolean);
  const ends = words.length > 1 ? [words[0], words[words.length - 1]] : words;
  return ends.map((word) => [...word][0].toUpperCase()).join("");
}
