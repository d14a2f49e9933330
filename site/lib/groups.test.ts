import { expect, test } from "vitest";
import { readGroups, writeGroups } from "./groups";

const learners = [
  { id: "1", name: "Lin", email: "lin@example.org", rosterName: "Lin Wu" },
  { id: "2", name: "Mo", email: "mo@example.org" },
  { id: "3", name: "Kim", email: "kim@example.org" },
  { id: "4", name: "Kim", email: "kim2@example.org" },
];

test("groups are read by e-mail, name or the roster's name, and written so that they read the same", () => {
  const read = readGroups("Red: LIN wu, mo@example.org\n\nBlue: kim@example.org,\n", learners);
  expect(read).toMatchObject({
    groups: [
      { name: "Red", members: ["1", "2"] },
      { name: "Blue", members: ["3"] },
    ],
    problems: [],
    placed: 3,
  });
  expect(read.alone.map(({ id }) => id)).toEqual(["4"]);
  const person = (id: string) => {
    const { name, email } = learners[Number(id) - 1];
    return { id, name, email };
  };
  const groups = read.groups.map(({ name, members }) => ({
    id: name,
    name,
    members: members.map(person),
  }));
  expect(readGroups(writeGroups({ groups }), learners)).toEqual(read);
});

test("what does not fit is said by line", () => {
  const text = "Red Lin\nBlue: Kim, Who\nBlue: Lin, mo\nGreen: Lin";
  expect(readGroups(text, learners).problems).toEqual([
    { line: 1, message: "there is no colon behind the group's name" },
    { line: 2, message: "several are named Kim: use the e-mail address" },
    { line: 2, message: "Who is not a learner of this course" },
    { line: 3, message: "Blue stands twice" },
    { line: 4, message: "Lin is in Blue already" },
  ]);
});
