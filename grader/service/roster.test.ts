import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { csv } from "./csv.ts";
import { Refusal } from "./refusal.ts";
import { type Invited, type Known, planRoster, readRoster, type Step } from "./roster.ts";

const refused = (run: () => unknown): Refusal => {
  try {
    run();
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
  throw new Error("it was not refused");
};

describe("reading", () => {
  test("our own columns", () => {
    const text =
      "email,name,section,student_id,role\n" +
      'Lin@Example.org,"Lin, the 2nd",A,007,learner\n\nada@example.org,,,,TA\n';
    expect(readRoster(text)).toEqual({
      lines: [
        {
          line: 2,
          email: "lin@example.org",
          name: "Lin, the 2nd",
          section: "A",
          studentId: "007",
          role: "learner",
        },
        {
          line: 4,
          email: "ada@example.org",
          name: null,
          section: null,
          studentId: null,
          role: "assistant",
        },
      ],
      ignored: [],
    });
  });

  test.each([
    ["nbgrader's", "id,first_name,last_name,email,lms_user_id\n7,Lin,Wu,lin@example.org,9\n"],
    ["Moodle's", "First name,Surname,ID number,Email address\nLin,Wu,7,lin@example.org\n"],
    [
      "with semicolons and a byte order mark",
      "\uFEFFEmail;Name;ID\r\nlin@example.org;Lin Wu;7\r\n",
    ],
    ["with tabs", "E-Mail\tStudent\tSIS User ID\nlin@example.org\tLin Wu\t7"],
  ])("%s", (_, text) => {
    expect(readRoster(text).lines).toEqual([
      { line: 2, email: "lin@example.org", name: "Lin Wu", studentId: "7" },
    ]);
  });

  test("columns that mean nothing are named; one column is enough", () => {
    expect(readRoster("email,Quiz 1,Grade\na@example.org,3,4\n").ignored).toEqual([
      "Quiz 1",
      "Grade",
    ]);
    expect(readRoster("email\na@example.org").lines).toEqual([{ line: 2, email: "a@example.org" }]);
  });

  test("every line that is wrong is told, and none is taken", () => {
    const text = [
      "email,role,name",
      "a@example.org,learner,A",
      "not an address,learner,B",
      ",learner,C",
      "A@example.org,learner,A again",
      "d@example.org,king,D",
      "e@example.org,learner",
      `f@example.org,learner,${"x".repeat(201)}`,
    ].join("\n");
    const { status, body } = refused(() => readRoster(text));
    expect(status).toBe(400);
    expect(body.error.message).toBe(
      "6 lines of the roster cannot be taken, so nothing was changed",
    );
    expect(body.error.lines?.slice(0, 3)).toEqual([
      { line: 3, message: '"not an address" is not an e-mail address' },
      { line: 4, message: "no e-mail address" },
      { line: 5, message: "a@example.org stands in line 2 already" },
    ]);
    expect(body.error.lines?.slice(3)).toEqual([
      { line: 6, message: '"king" is no role; the roles are learner, assistant, instructor' },
      { line: 7, message: "2 fields where the first line has 3 columns" },
      { line: 8, message: "the name has 201 characters; 200 is the most" },
    ]);
  });

  test.each([
    ["", /the file is empty/],
    ["name,section\nLin,A\n", /no column is named email; the columns are: "name", "section"/],
    ["email,e-mail\na@example.org,b@example.org\n", /two columns say the same: email and e-mail/],
    ['email,name\na@example.org,"Lin\n', /not CSV/],
    ['email,name\na@example.org,x"y"\n', /not CSV/],
    ['email,name\na@example.org,"two\nlines"\n', /not one line of text/],
  ])("%j is refused", (text, message) => {
    expect(refused(() => readRoster(text)).lines?.[0].message).toMatch(message);
  });

  test("whatever the bytes, it is read or refused", () => {
    const piece = fc.constantFrom(
      "email",
      "name",
      "a@b.org",
      ",",
      ";",
      "\t",
      '"',
      "\n",
      "\r\n",
      "\0",
      "\uFEFF",
      "=1",
      " ",
      "💥",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), fc.string(), (pieces, text) => {
        for (const whole of [pieces.join(""), `email\n${text}`, text])
          try {
            readRoster(whole);
          } catch (error) {
            expect(error).toBeInstanceOf(Refusal);
          }
      }),
      { numRuns: 500 },
    );
  });

  test("what we write reads back, formulas and quotes and all", () => {
    const word = fc.string({ unit: "grapheme-ascii", maxLength: 20 }).map((text) => text.trim());
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.nat({ max: 999 }), { minLength: 1 }),
        word,
        word,
        (ids, a, b) => {
          const rows = ids.map((id) => [`p${id}@example.org`, a, b]);
          const { lines } = readRoster(csv([["email", "name", "section"], ...rows]));
          expect(
            lines.map(({ email, name, section }) => [email, name ?? "", section ?? ""]),
          ).toEqual(rows);
        },
      ),
    );
  });
});

describe("the plan", () => {
  const place = {
    role: "learner" as const,
    active: true,
    name: null,
    section: null,
    studentId: null,
  };
  const known: Known[] = [
    { user: "lin", email: "lin@example.org", place: { ...place, name: "Lin" } },
    { user: "old", email: "old@example.org", place: { ...place, active: false } },
    { user: "ines", email: "ines@example.org", place: { ...place, role: "instructor" } },
    { user: "otto", email: "otto@example.org" },
  ];
  const invited: Invited[] = [
    { email: "guest@example.org", name: "Guest", section: null, studentId: null },
  ];
  const plan = (
    text: string,
    dropMissing = false,
    by: "instructor" | "administrator" = "instructor",
  ) => planRoster(readRoster(text).lines, known, invited, by, dropMissing);
  const short = (steps: Step[]) =>
    steps.map(({ email, action, changes }) => [email, action, changes]);

  test("what happens to whom", () => {
    const { steps, unchanged, missing } = plan(
      "email,section\nlin@example.org,A\nold@example.org,\notto@example.org,\nnew@example.org,B\nguest@example.org,\n",
    );
    expect(short(steps)).toEqual([
      ["lin@example.org", "update", { section: { from: null, to: "A" } }],
      ["old@example.org", "restore", {}],
      ["otto@example.org", "enroll", { role: { from: null, to: "learner" } }],
      [
        "new@example.org",
        "invite",
        { role: { from: null, to: "learner" }, section: { from: null, to: "B" } },
      ],
    ]);
    expect(unchanged).toBe(1);
    expect(missing).toEqual([]);
  });

  test("who is not in it is dropped only when asked; teachers never are", () => {
    expect(plan("email\notto@example.org\n")).toMatchObject({
      steps: [{ action: "enroll" }],
      missing: ["lin@example.org", "guest@example.org"],
    });
    expect(short(plan("email\notto@example.org\n", true).steps.slice(1))).toEqual([
      ["lin@example.org", "drop", {}],
      ["guest@example.org", "uninvite", {}],
    ]);
  });

  test("an instructor who was dropped comes back as one by an administrator only", () => {
    const gone: Known = {
      user: "ira",
      email: "ira@example.org",
      place: { ...place, role: "instructor", active: false },
    };
    const back = (by: "instructor" | "administrator") =>
      planRoster(readRoster("email\nira@example.org\n").lines, [gone], [], by, false);
    expect(() => back("instructor")).toThrow(Refusal);
    expect(back("administrator").steps).toMatchObject([{ action: "restore", role: "instructor" }]);
  });

  test("a name that every object has is no role and no column", () => {
    expect(() => readRoster("email,role\nx@example.org,constructor\n")).toThrow(Refusal);
    expect(readRoster("email,constructor\nx@example.org,1\n").ignored).toEqual(["constructor"]);
  });

  test("a column that is not there changes nothing; an empty cell empties", () => {
    expect(plan("email\nlin@example.org\nines@example.org\n").steps).toEqual([]);
    expect(short(plan("email,name\nlin@example.org,\n").steps)).toEqual([
      ["lin@example.org", "update", { name: { from: "Lin", to: null } }],
    ]);
    // Only a role has no empty.
    expect(plan("email,role\nines@example.org,\n").steps).toEqual([]);
  });

  test("roles: an instructor makes assistants, an administrator instructors; an address alone is a learner", () => {
    expect(plan("email,role\nlin@example.org,assistant\n").steps).toMatchObject([
      { action: "update", role: "assistant" },
    ]);
    for (const text of ["lin@example.org,instructor", "ines@example.org,learner"]) {
      const refusal = refused(() => plan(`email,role\n${text}\n`));
      expect(refusal.lines).toMatchObject([{ line: 2, message: /only an administrator/ }]);
      expect(plan(`email,role\n${text}\n`, false, "administrator").steps).toHaveLength(1);
    }
    const refusal = refused(() =>
      plan("email,role\nnew@example.org,assistant\n", false, "administrator"),
    );
    expect(refusal.lines).toMatchObject([{ line: 2, message: /has no account yet/ }]);
  });

  test("done once, it has nothing left to do", () => {
    const address = fc.constantFrom("lin", "old", "ines", "otto", "guest", "new", "newer");
    const word = fc.constantFrom("", "A", "B");
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(address, word, word), { selector: ([who]) => who }),
        fc.boolean(),
        (rows, drop) => {
          const lines = readRoster(
            `email,name,section\n${rows.map(([who, ...more]) => `${who}@example.org,${more.join()}`).join("\n")}`,
          ).lines;
          const { steps } = planRoster(lines, known, invited, "instructor", drop);
          const people = new Map(known.map((one) => [one.email, one]));
          const guests = new Map(invited.map((one) => [one.email, one]));
          for (const { email, user, role, details, action } of steps) {
            if (user !== undefined)
              people.set(email, {
                user,
                email,
                place: { role, active: action !== "drop", ...details },
              });
            else if (action === "uninvite") guests.delete(email);
            else guests.set(email, { email, ...details });
          }
          const again = planRoster(
            lines,
            [...people.values()],
            [...guests.values()],
            "instructor",
            drop,
          );
          expect(again.steps).toEqual([]);
          expect(again.unchanged).toBe(lines.length);
        },
      ),
    );
  });
});
