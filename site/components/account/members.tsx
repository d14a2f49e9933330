"use client";

import type { Member, Role } from "@gradus/grader/service";
import { useState } from "react";
import { type ApiError, listMembers, setRole } from "@/lib/api";
import { refreshSession, useSession } from "@/lib/session";
import { ROLE_WORDS } from "./account";
import styles from "./account.module.css";
import { Confirm } from "./confirm";
import { Loaded, useLoad } from "./load";
import { TroubleNote } from "./trouble";
import { When } from "./when";

const ROLES = Object.keys(ROLE_WORDS) as Role[];

/** Everyone with an account, and what they may do; administrators change it here. */
export function Members() {
  const members = useLoad("members", listMembers);
  const session = useSession();
  const [change, setChange] = useState<{ member: Member; role: Role } | null>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const [said, setSaid] = useState("");
  const me = session.state === "in" ? session.me : null;

  async function confirm() {
    if (!change || busy) return;
    setBusy(true);
    setError(null);
    setSaid("");
    try {
      const updated = await setRole(change.member.id, change.role);
      members.set((list) =>
        list.map((one) => (one.id === updated.id ? { ...one, ...updated } : one)),
      );
      setSaid(`${updated.name} is now ${article(updated.role)}.`);
      if (updated.id === me?.user.id) await refreshSession();
    } catch (error) {
      setError(error as ApiError);
    }
    setBusy(false);
    setChange(null);
  }

  return (
    <Loaded of={members} what="the members">
      {(list) => (
        <>
          <dl className={styles.roles}>
            {ROLES.map((role) => (
              <div key={role}>
                <dt>{ROLE_WORDS[role].name}</dt>
                <dd>{ROLE_WORDS[role].may}</dd>
              </div>
            ))}
          </dl>
          {error && <TroubleNote error={error} />}
          <p role="status" className={said ? "note note--done" : "visually-hidden"}>
            {said}
          </p>
          <section
            className="table-frame"
            aria-label="Members"
            // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls on narrow screens.
            tabIndex={0}
          >
            <table className="table">
              <thead>
                <tr>
                  <th scope="col">Name</th>
                  <th scope="col">Role</th>
                  <th scope="col">E-mail</th>
                  <th scope="col">Joined</th>
                </tr>
              </thead>
              <tbody>
                {list.map((member) => (
                  <tr key={member.id}>
                    <th scope="row">
                      {member.name}
                      {member.id === me?.user.id && <span className="muted"> (you)</span>}
                    </th>
                    <td>
                      {me?.role === "administrator" ? (
                        <select
                          className={`input ${styles.role}`}
                          aria-label={`Role of ${member.name}`}
                          value={change?.member.id === member.id ? change.role : member.role}
                          onChange={(event) =>
                            setChange({ member, role: event.target.value as Role })
                          }
                        >
                          {ROLES.map((role) => (
                            <option key={role} value={role}>
                              {ROLE_WORDS[role].name}
                            </option>
                          ))}
                        </select>
                      ) : (
                        ROLE_WORDS[member.role].name
                      )}
                    </td>
                    <td>{member.email}</td>
                    <td>
                      <When at={member.joinedAt} />
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </section>
          {change && (
            <Confirm
              title={`Make ${change.member.name} ${article(change.role)}?`}
              action={`Make ${article(change.role)}`}
              alarm={ROLES.indexOf(change.role) < ROLES.indexOf(change.member.role)}
              busy={busy}
              onConfirm={confirm}
              onCancel={() => setChange(null)}
            >
              <p>
                {change.member.name} is {article(change.member.role)} now.{" "}
                {ROLE_WORDS[change.role].name}: {ROLE_WORDS[change.role].may}.
              </p>
              {change.member.id === me?.user.id && (
                <p className="note note--failed">
                  This is your own account. You may not be able to undo it yourself.
                </p>
              )}
            </Confirm>
          )}
        </>
      )}
    </Loaded>
  );
}

const article = (role: Role) => `${role === "learner" ? "a" : "an"} ${role}`;
