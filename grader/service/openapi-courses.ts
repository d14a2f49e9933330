/** What there is to say of each route of a course. */
import { z } from "zod";
import { assignmentChange, assignmentRequest, extensionRequest } from "./assignments.ts";
import { courseChange, courseRequest, sectionRequest } from "./courses.ts";
import { enrollmentChange, enrollmentRequest } from "./enrollments.ts";
import { groupSetRequest } from "./groups.ts";
import type { Descriptions } from "./openapi.ts";
import { own, reading, writing } from "./openapi-kinds.ts";
import * as shapes from "./openapi-shapes.ts";

const at = "/api/v1/courses/:course";
const flag = z.enum(["true", "false"]);
const subject = {
  subject: { description: "Only of the thing or person with this id.", schema: z.string() },
};

export const courseDescriptions: Descriptions = {
  "GET /api/v1/courses": {
    tag: "Courses",
    summary: "The courses one is in; for an administrator, all",
    who: "account",
    scope: "read",
    paged: true,
    answers: { 200: shapes.pageOf("courses", shapes.CourseSummary) },
  },
  "POST /api/v1/courses": {
    tag: "Courses",
    summary: "Make a course",
    who: "administrator",
    scope: "admin",
    body: courseRequest,
    answers: { 201: shapes.Course },
    errors: ["taken"],
  },
  [`GET ${at}`]: own("Courses", {
    summary: "A course, and what one is in it",
    versioned: true,
    answers: { 200: shapes.CourseInRole },
  }),
  [`PATCH ${at}`]: writing("Courses", {
    summary: "Change a course",
    body: courseChange,
    versioned: true,
    answers: { 200: shapes.Course },
  }),

  [`GET ${at}/sections`]: reading("People", {
    summary: "A course's sections, by name",
    paged: true,
    answers: { 200: shapes.pageOf("sections", shapes.Section) },
  }),
  [`POST ${at}/sections`]: writing("People", {
    summary: "Make a section",
    body: sectionRequest,
    answers: { 201: shapes.Section },
    errors: ["taken"],
  }),
  [`PATCH ${at}/sections/:id`]: writing("People", {
    summary: "Give a section another name",
    path: { id: "The section's id." },
    body: sectionRequest,
    answers: { 200: shapes.Section },
    errors: ["taken"],
  }),
  [`DELETE ${at}/sections/:id`]: writing("People", {
    summary: "End a section; its people stay in the course",
    path: { id: "The section's id." },
    answers: { 204: "nothing" },
  }),

  [`GET ${at}/enrollments`]: reading("People", {
    summary: "Who is or was in a course, by name; on the last pages, who is invited",
    paged: true,
    answers: {
      200: shapes
        .pageOf("enrollments", shapes.Enrollment)
        .extend({ invitations: z.array(shapes.Invitation) }),
    },
  }),
  [`POST ${at}/enrollments`]: writing("People", {
    summary: "Enroll or invite a person, or change their place",
    body: enrollmentRequest,
    answers: {
      200: z.object({ changes: z.array(shapes.RosterChange) }),
      201: z.object({ changes: z.array(shapes.RosterChange) }),
    },
  }),
  [`PATCH ${at}/enrollments/:user`]: writing("People", {
    summary: "Change a person's place in a course",
    path: { user: "The person's id." },
    body: enrollmentChange,
    answers: { 200: shapes.Enrollment },
  }),
  [`DELETE ${at}/invitations/:email`]: writing("People", {
    summary: "Take an invitation back",
    path: { email: "The address." },
    answers: { 204: "nothing" },
  }),
  [`POST ${at}/roster`]: writing("People", {
    summary: "Bring a course in line with a roster: all of it, or nothing",
    query: {
      dry_run: { description: "Change nothing, only say what would change.", schema: flag },
      drop_missing: { description: "Drop learners who are not in the file.", schema: flag },
    },
    body: [
      { type: "text/csv", description: "The first line names the columns; `email` must be there." },
    ],
    answers: { 200: shapes.RosterImport },
    errors: ["bad_roster"],
  }),
  [`GET ${at}/roster.csv`]: reading("People", {
    summary: "The roster, as it can be imported again",
    answers: { 200: { type: "text/csv", description: "A line a person." } },
  }),

  [`GET ${at}/assignments`]: own("Assignments", {
    summary: "A course's assignments by due date; for learners with their own dates and grades",
    paged: true,
    answers: {
      200: shapes.pageOf("assignments", z.union([shapes.Assignment, shapes.LearnerAssignment])),
    },
  }),
  [`POST ${at}/assignments`]: writing("Assignments", {
    summary: "Make an assignment",
    description: "A date without an offset is one of the course's time zone.",
    body: assignmentRequest,
    answers: { 201: shapes.Assignment },
    errors: ["not_found", "taken", "unknown_exercise"],
  }),
  [`GET ${at}/assignments/:id`]: own("Assignments", {
    summary: "One assignment",
    path: { id: "The assignment's id." },
    versioned: true,
    answers: { 200: z.union([shapes.Assignment, shapes.LearnerAssignment]) },
  }),
  [`PATCH ${at}/assignments/:id`]: writing("Assignments", {
    summary: "Change an assignment; what is not named stays as it is",
    path: { id: "The assignment's id." },
    body: assignmentChange,
    versioned: true,
    answers: { 200: shapes.Assignment },
    errors: ["taken", "unknown_exercise"],
  }),
  [`DELETE ${at}/assignments/:id`]: writing("Assignments", {
    summary: "Take an assignment away; what was handed in stays",
    path: { id: "The assignment's id." },
    answers: { 204: "nothing" },
  }),
  [`GET ${at}/assignments/:id/extensions`]: reading("Assignments", {
    summary: "Whose dates or attempts are different, by name",
    path: { id: "The assignment's id." },
    paged: true,
    answers: { 200: shapes.pageOf("extensions", shapes.LearnerExtension) },
  }),
  [`PUT ${at}/assignments/:id/extensions/:user`]: writing("Assignments", {
    summary: "Give a learner an extension",
    path: { id: "The assignment's id.", user: "The learner's id." },
    body: extensionRequest,
    answers: { 200: shapes.LearnerExtension },
  }),
  [`DELETE ${at}/assignments/:id/extensions/:user`]: writing("Assignments", {
    summary: "Take an extension back",
    path: { id: "The assignment's id.", user: "The learner's id." },
    answers: { 204: "nothing" },
  }),

  [`GET ${at}/group-sets`]: reading("Groups", {
    summary: "Sets of groups, by name",
    paged: true,
    answers: { 200: shapes.pageOf("groupSets", shapes.GroupSet) },
  }),
  [`POST ${at}/group-sets`]: writing("Groups", {
    summary: "Make a set of groups",
    description: "Members are named by id or by e-mail address.",
    body: groupSetRequest,
    answers: { 201: shapes.GroupSet },
    errors: ["taken"],
  }),
  [`GET ${at}/group-sets/:id`]: reading("Groups", {
    summary: "One set of groups",
    path: { id: "The set's id." },
    versioned: true,
    answers: { 200: shapes.GroupSet },
  }),
  [`PUT ${at}/group-sets/:id`]: writing("Groups", {
    summary: "Put another set of groups in the place of one",
    path: { id: "The set's id." },
    body: groupSetRequest,
    versioned: true,
    answers: { 200: shapes.GroupSet },
    errors: ["taken"],
  }),
  [`DELETE ${at}/group-sets/:id`]: writing("Groups", {
    summary: "Take a set of groups away",
    path: { id: "The set's id." },
    answers: { 204: "nothing" },
    errors: ["in_use"],
  }),

  [`GET ${at}/grades`]: reading("Grades", {
    summary: "Every learner's grades",
    query: { section: { description: "Only this section, by id.", schema: z.uuid() } },
    answers: { 200: shapes.CourseGrades },
  }),
  [`GET ${at}/grades/:user`]: own("Grades", {
    summary: "A learner's grades, and how they came about",
    path: { user: "A person's id; `me` for one's own. Another's are for those who teach." },
    answers: { 200: shapes.LearnerGrades },
    errors: ["forbidden"],
  }),

  [`GET ${at}/audit`]: {
    ...reading("Audit log", {
      summary: "Who changed what in a course, newest first",
      query: subject,
      paged: true,
      answers: { 200: shapes.pageOf("entries", shapes.AuditEntry) },
    }),
    who: "instructor",
  },
  "GET /api/v1/audit": {
    tag: "Audit log",
    summary: "Who changed what anywhere, newest first",
    who: "administrator",
    scope: "admin",
    query: subject,
    paged: true,
    answers: { 200: shapes.pageOf("entries", shapes.AuditEntry) },
  },
};
