"use client";

import Link from "next/link";
import { usePathname } from "next/navigation";
import { useSession } from "@/lib/session";
import styles from "./account.module.css";

export function InstructorNav() {
  const path = usePathname();
  const session = useSession();
  const pages = [{ href: "/instructor/courses", name: "Courses" }];
  if (session.state === "in" && session.me.role === "administrator")
    pages.push({ href: "/instructor/members", name: "Members" });
  return (
    <nav aria-label="Teaching" className={styles.tabs}>
      {pages.map(({ href, name }) => (
        <Link
          key={href}
          className={styles.tab}
          href={href}
          aria-current={path === href ? "page" : undefined}
          data-here={path.startsWith(`${href}/`) && !pages.some((page) => page.href === path)}
        >
          {name}
        </Link>
      ))}
    </nav>
  );
}
