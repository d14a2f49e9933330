/** A set of groups as text, a line each: `Red: lin@example.org, Mo Sy`. */
import type { GroupSet } from "@gradus/grader/service";

export interface Learner {
  id: string;
  name: string;
  email: string;
  rosterName?: string | null;
}

export interface GroupLines {
  /** As the service takes them, members by id. */
  groups: { name: string; members: string[] }[];
  problems: { line: number; message: string }[];
  /** How many learners are in a group, and who is in none. */
  placed: number;
  alone: Learner[];
}

export function writeGroups({ groups }: Pick<GroupSet, "groups">): string {
  return groups
    .map(({ name, members }) => `${name}: ${members.map(({ email }) => email).join(", ")}`)
    .join("\n");
}

/** Reads them, by e-mail or by a name that only one learner has. */
export function readGroups(text: string, learners: readonly Learner[]): GroupLines {
  const known = new Map<string, Learner | "several">();
  const learn = (key: string, one: Learner) => {
    const before = known.get(key);
    known.set(key, before && before !== one ? "several" : one);
  };
  for (const one of learners) {
    learn(plain(one.email), one);
    learn(plain(one.name), one);
    if (one.rosterName) learn(plain(one.rosterName), one);
  }
  const groups: GroupLines["groups"] = [];
  const problems: GroupLines["problems"] = [];
  const where = new Map<string, string>();
  for (const [index, row] of text.split(/\r?\n/).entries()) {
    if (row.trim() === "") continue;
    const line = index + 1;
    const say = (message: string) => problems.push({ line, message });
    const colon = row.indexOf(":");
    const name = row.slice(0, colon === -1 ? row.length : colon).trim();
    if (colon === -1) say("there is no colon behind the group's name");
    else if (name === "") say("the group has no name");
    else if (groups.some((group) => group.name === name)) say(`${name} stands twice`);
    const members: string[] = [];
    for (const part of (colon === -1 ? "" : row.slice(colon + 1)).split(",")) {
      const wanted = part.trim();
      if (wanted === "") continue;
      const found = known.get(plain(wanted));
      if (!found) say(`${wanted} is not a learner of this course`);
      else if (found === "several") say(`several are named ${wanted}: use the e-mail address`);
      else if (where.has(found.id)) say(`${wanted} is in ${where.get(found.id)} already`);
      else {
        where.set(found.id, name);
        members.push(found.id);
      }
    }
    groups.push({ name, members });
  }
  return {
    groups,
    problems,
    placed: where.size,
    alone: learners.filter(({ id }) => !where.has(id)),
  };
}

const plain = (text: string) => text.trim().toLowerCase();
