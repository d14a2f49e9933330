/** The client of a course's routes: its rules, its people, and what came of them. */
import type {
  Assignment,
  AuditEntry,
  BookPage,
  Course,
  CourseRole,
  CourseSummary,
  Enrollment,
  GroupSet,
  Invitation,
  LearnerAssignment,
  LearnerExtension,
  LearnerGrades,
  Role,
  RosterChange,
  RosterImport,
  ScoringPolicy,
  Section,
  SubmissionSummary,
} from "@gradus/grader/service";
import { call, callAll } from "./api";

export type CourseHere = Course & { role: Role };

const at = (course: string, ...parts: string[]) =>
  ["/api/v1/courses", course, ...parts.map(encodeURIComponent)].join("/");
/** What is given, as the part of an address behind the question mark. */
export const asked = (all: Record<string, string | number | undefined>) => {
  const given = Object.entries(all).filter(([, value]) => value !== undefined && value !== "");
  return given.length === 0
    ? ""
    : `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}`;
};

/** A list, all of its pages. */
const every = async <T>(path: string, name: string, signal?: AbortSignal) =>
  (await callAll<Record<string, T[]>>(path, [name], signal))[name];

// ---------- Courses and sections ----------

export const listCourses = (signal?: AbortSignal) =>
  every<CourseSummary>("/api/v1/courses", "courses", signal);

export const getCourse = (course: string, signal?: AbortSignal) =>
  call<CourseHere>("GET", at(course), { signal });

export const createCourse = (course: Partial<Course> & { id: string; name: string }) =>
  call<Course>("POST", "/api/v1/courses", { json: course });

export const changeCourse = (course: string, change: Partial<Omit<Course, "id">>) =>
  call<Course>("PATCH", at(course), { json: change });

export const listSections = (course: string, signal?: AbortSignal) =>
  every<Section>(at(course, "sections"), "sections", signal);

export const createSection = (course: string, name: string) =>
  call<Section>("POST", at(course, "sections"), { json: { name } });

export const renameSection = (course: string, id: string, name: string) =>
  call<Section>("PATCH", at(course, "sections", id), { json: { name } });

export const deleteSection = (course: string, id: string) =>
  call("DELETE", at(course, "sections", id));

// ---------- People ----------

export interface People {
  enrollments: Enrollment[];
  invitations: Invitation[];
}

/** Everybody who is or was in the course, then everybody invited. */
export const getPeople = (course: string, signal?: AbortSignal) =>
  callAll<{ enrollments: Enrollment[]; invitations: Invitation[] }>(
    at(course, "enrollments"),
    ["enrollments", "invitations"],
    signal,
  );

export interface PersonWanted {
  email: string;
  role?: CourseRole;
  name?: string | null;
  section?: string | null;
  studentId?: string | null;
}

export const enroll = async (course: string, wanted: PersonWanted) =>
  (await call<{ changes: RosterChange[] }>("POST", at(course, "enrollments"), { json: wanted }))
    .changes;

export interface PlaceChange {
  role?: CourseRole;
  section?: string | null;
  name?: string | null;
  studentId?: string | null;
  active?: boolean;
}

export const changePlace = (course: string, user: string, change: PlaceChange) =>
  call<Enrollment>("PATCH", at(course, "enrollments", user), { json: change });

export const uninvite = (course: string, email: string) =>
  call("DELETE", at(course, "invitations", email));

/** Reads a roster file; with `dryRun` it only says what would change. */
export const importRoster = (
  course: string,
  csv: string,
  { dryRun, dropMissing }: { dryRun: boolean; dropMissing: boolean },
) =>
  call<RosterImport>(
    "POST",
    `${at(course, "roster")}${asked({ dry_run: String(dryRun), drop_missing: String(dropMissing) })}`,
    { csv },
  );

export const rosterFile = (course: string) =>
  call<Blob>("GET", at(course, "roster.csv"), { as: "blob" });

// ---------- Assignments ----------

/** What is sent of an assignment; dates without an offset are in the course's time zone. */
export interface AssignmentWanted {
  name: string;
  unlockAt: string | null;
  dueAt: string | null;
  lockAt: string | null;
  hiddenUntilUnlocked: boolean;
  allowedAttempts: number | null;
  cooldownSeconds: number;
  scoringPolicy: ScoringPolicy;
  lateSubmissionDeduction: number;
  lateSubmissionMaximumDeduction: number;
  maximumLateDays: number | null;
  groupSet: string | null;
  released: boolean;
  exercises: { exercise: string; points: number; handPoints: number }[];
}

export const listAssignments = (course: string, signal?: AbortSignal) =>
  every<Assignment>(at(course, "assignments"), "assignments", signal);

export const createAssignment = (course: string, wanted: Partial<AssignmentWanted>) =>
  call<Assignment>("POST", at(course, "assignments"), { json: wanted });

export const changeAssignment = (course: string, id: string, change: Partial<AssignmentWanted>) =>
  call<Assignment>("PATCH", at(course, "assignments", id), { json: change });

export const deleteAssignment = (course: string, id: string) =>
  call("DELETE", at(course, "assignments", id));

export const listExtensions = (course: string, id: string, signal?: AbortSignal) =>
  every<LearnerExtension>(at(course, "assignments", id, "extensions"), "extensions", signal);

export type ExtensionWanted = Partial<Omit<LearnerExtension, "user">>;

export const setExtension = (course: string, id: string, user: string, wanted: ExtensionWanted) =>
  call<LearnerExtension>("PUT", at(course, "assignments", id, "extensions", user), {
    json: wanted,
  });

export const deleteExtension = (course: string, id: string, user: string) =>
  call("DELETE", at(course, "assignments", id, "extensions", user));

// ---------- Groups ----------

export interface GroupSetWanted {
  name: string;
  groups: { name: string; members: string[] }[];
}

export const listGroupSets = (course: string, signal?: AbortSignal) =>
  every<GroupSet>(at(course, "group-sets"), "groupSets", signal);

/** Makes a set of groups, or puts another in the place of the one with `id`. */
export const saveGroupSet = (course: string, wanted: GroupSetWanted, id?: string) =>
  id === undefined
    ? call<GroupSet>("POST", at(course, "group-sets"), { json: wanted })
    : call<GroupSet>("PUT", at(course, "group-sets", id), { json: wanted });

export const deleteGroupSet = (course: string, id: string) =>
  call("DELETE", at(course, "group-sets", id));

// ---------- Grades ----------

/** Which page of the gradebook; BookPage says what each means. */
export interface BookAsked {
  view?: string;
  search?: string;
  section?: string;
  show?: string;
  sort?: string;
  order?: string;
  page?: number;
}

export const getBook = (course: string, wanted: BookAsked, signal?: AbortSignal) =>
  call<BookPage>("GET", `${at(course, "gradebook")}${asked({ ...wanted })}`, { signal });

/** The grades as a file: `csv`, `canvas`, `moodle`; of one assignment or all. */
export const gradesFile = (course: string, format: string, assignment?: string) =>
  call<Blob>("GET", `${at(course, "grades.csv")}${asked({ format, assignment })}`, { as: "blob" });

/** The best points of every exercise, as a file. */
export const pointsFile = (course: string) =>
  call<Blob>("GET", `/api/v1/gradebook.csv${asked({ course })}`, { as: "blob" });

export const myGrades = (course: string, signal?: AbortSignal) =>
  call<LearnerGrades>("GET", at(course, "grades", "me"), { signal });

export const myAssignment = (course: string, id: string, signal?: AbortSignal) =>
  call<LearnerAssignment>("GET", at(course, "assignments", id), { signal });

/** What one handed in for an exercise of a course, newest first. */
export const mySubmissions = (course: string, exercise: string, signal?: AbortSignal) =>
  every<SubmissionSummary>(
    `/api/v1/submissions${asked({ course, exercise })}`,
    "submissions",
    signal,
  );

// ---------- Who changed what ----------

/** A page of the log; `next` is where the one before it is asked for. */
export interface AuditPart {
  entries: AuditEntry[];
  next: string | null;
}

export const getAudit = (
  course: string,
  wanted: { cursor?: string; subject?: string; limit?: number },
  signal?: AbortSignal,
) => call<AuditPart>("GET", `${at(course, "audit")}${asked(wanted)}`, { signal });
