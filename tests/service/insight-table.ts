// The routes of regrades, statistics and comparisons, for the table of routes by roles: who is let in,
// and what they get. Nothing is graded there, so who may start a regrade is told that.
import type { Answer, Client } from "./helpers.ts";

type Level = "learner" | "assistant" | "instructor";
type Row = [string, Level, number, (who: Client) => Promise<Answer>];

/** @param at the course's address @param none an id of nothing */
export function insightTable(at: string, none: string): Row[] {
  const course = "/api/v1/courses/:course";
  const act = (what: string): Row => [
    `POST ${course}/regrades/:id/${what}`,
    "instructor",
    404,
    (who) => who.post(`${at}/regrades/${none}/${what}`, { policy: "all" }),
  ];
  return [
    [`GET ${course}/regrades`, "assistant", 200, (who) => who.get(`${at}/regrades`)],
    [`POST ${course}/regrades`, "instructor", 409, (who) => who.post(`${at}/regrades`, {})],
    [`GET ${course}/regrades/:id`, "assistant", 404, (who) => who.get(`${at}/regrades/${none}`)],
    [
      `GET ${course}/regrades/:id/items`,
      "assistant",
      404,
      (who) => who.get(`${at}/regrades/${none}/items`),
    ],
    [
      `GET ${course}/regrades/:id/changes.csv`,
      "assistant",
      404,
      (who) => who.get(`${at}/regrades/${none}/changes.csv`),
    ],
    ...["stop", "resume", "discard", "apply", "undo"].map(act),
    [
      `GET ${course}/submissions/:id/verdicts`,
      "assistant",
      404,
      (who) => who.get(`${at}/submissions/${none}/verdicts`),
    ],
    [`GET ${course}/statistics`, "assistant", 200, (who) => who.get(`${at}/statistics`)],
    [`GET ${course}/statistics.csv`, "assistant", 200, (who) => who.get(`${at}/statistics.csv`)],
    [
      `GET ${course}/statistics/:exercise`,
      "assistant",
      200,
      (who) => who.get(`${at}/statistics/double`),
    ],
    [
      `GET ${course}/statistics/:exercise/checks.csv`,
      "assistant",
      200,
      (who) => who.get(`${at}/statistics/double/checks.csv`),
    ],
    [`GET ${course}/similarity`, "assistant", 200, (who) => who.get(`${at}/similarity`)],
    [
      `POST ${course}/similarity`,
      "instructor",
      404,
      (who) => who.post(`${at}/similarity`, { assignment: none }),
    ],
    [
      `GET ${course}/similarity/:id`,
      "assistant",
      404,
      (who) => who.get(`${at}/similarity/${none}`),
    ],
    [
      `DELETE ${course}/similarity/:id`,
      "instructor",
      404,
      (who) => who.ask("DELETE", `${at}/similarity/${none}`),
    ],
    [
      `GET ${course}/similarity/:id/pairs`,
      "assistant",
      404,
      (who) => who.get(`${at}/similarity/${none}/pairs`),
    ],
    [
      `GET ${course}/similarity/:id/pairs/:pair`,
      "assistant",
      404,
      (who) => who.get(`${at}/similarity/${none}/pairs/${none}`),
    ],
    [
      `PUT ${course}/similarity/:id/pairs/:pair/review`,
      "assistant",
      404,
      (who) =>
        who.ask("PUT", `${at}/similarity/${none}/pairs/${none}/review`, { state: "looked_at" }),
    ],
    [
      `DELETE ${course}/similarity/:id/pairs/:pair/review`,
      "assistant",
      404,
      (who) => who.ask("DELETE", `${at}/similarity/${none}/pairs/${none}/review`),
    ],
  ];
}
