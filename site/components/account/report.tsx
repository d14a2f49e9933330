import type { CheckResult, Outcome, Report, SubmissionSummary } from "@gradus/grader/service";
import styles from "./account.module.css";

/** How a check or a submission ended: a mark and a word, never color alone. */
export const OutcomeMark = ({ outcome }: { outcome: Outcome }) => (
  <span className="outcome" data-outcome={outcome}>
    {WORDS[outcome]}
  </span>
);

const WORDS: Record<Outcome, string> = {
  passed: "Passed",
  failed: "Not yet",
  error: "Error",
  "timed out": "Timed out",
  "not attempted": "Not attempted",
};

/** "3 of 5 points" */
export const inPoints = (points: number, max: number) =>
  `${short(points)} of ${short(max)} ${max === 1 ? "point" : "points"}`;

/** A number of points without a tail of decimals. */
export const short = (points: number) => String(Math.round(points * 100) / 100);

/** A submission's state in one line: waiting, running, or the verdict with its points. */
export function Verdict({ of }: { of: SubmissionSummary }) {
  if (of.state === "queued") return <span className={styles.waiting}>Waiting to be graded</span>;
  if (of.state === "running") return <span className={styles.waiting}>Being graded</span>;
  return (
    <span className={styles.verdict}>
      <OutcomeMark outcome={of.outcome ?? "error"} />
      {of.points !== null && of.max !== null && (
        <span className={styles.points}>{inPoints(of.points, of.max)}</span>
      )}
    </span>
  );
}

/**
 * Every check of a report, public ones first. Of hidden ones a learner has only the outcome;
 * `teaches` is for those who see them whole. `heading` is the level that fits where it stands.
 */
export function Checks({
  report,
  teaches = false,
  heading = "h2",
}: {
  report: Report;
  teaches?: boolean;
  heading?: "h2" | "h4";
}) {
  // What every check says is said once: a mistake that no check gets past, what is printed at the top.
  const message = common(report.checks.filter(readable).map((check) => check.message));
  const output = common(report.checks.filter(readable).map((check) => check.output));
  const checks = report.checks.map((check) => ({
    ...check,
    message: message === undefined ? check.message : undefined,
    output: output === undefined ? check.output : undefined,
  }));
  const hidden = checks.filter((check) => check.visibility === "hidden");
  const open = checks.filter((check) => check.visibility === "public");
  return (
    <div className={styles.checks}>
      {message !== undefined && (
        <p className={`note ${report.outcome === "not attempted" ? "" : "note--failed"}`}>
          <span className={styles.message}>{message}</span>
        </p>
      )}
      {open.length > 0 && <CheckList heading={heading} title="Checks" checks={open} />}
      {hidden.length > 0 && (
        <CheckList
          heading={heading}
          title="Hidden checks"
          note={
            teaches
              ? undefined
              : "They try your code on inputs that it cannot know, so these are not shown."
          }
          checks={hidden}
        />
      )}
      {output !== undefined && <Printed text={output} />}
    </div>
  );
}

/** Whether a check's texts were sent: of a hidden one a learner gets the outcome alone. */
const readable = (check: CheckResult) =>
  check.visibility === "public" || check.message !== undefined || check.output !== undefined;

/** The text that all of several checks have; undefined when they differ. */
const common = (texts: (string | undefined)[]): string | undefined =>
  texts.length > 1 && texts.every((text) => text === texts[0]) ? texts[0] : undefined;

function CheckList({
  heading: Heading,
  title,
  note,
  checks,
}: {
  heading: "h2" | "h4";
  title: string;
  note?: string;
  checks: CheckResult[];
}) {
  return (
    <section>
      <Heading className={styles.checksTitle}>
        {title}{" "}
        <span className="muted">
          {checks.filter((check) => check.outcome === "passed").length} of {checks.length} passed
        </span>
      </Heading>
      {note && <p className={styles.checksNote}>{note}</p>}
      <ul className={styles.checkList}>
        {checks.map((check) => (
          <Check key={check.name} check={check} />
        ))}
      </ul>
    </section>
  );
}

function Check({ check }: { check: CheckResult }) {
  const values = [
    ["Input", check.input],
    ["Expected", check.expected],
    ["Got", check.got],
  ].filter((pair): pair is [string, string] => Boolean(pair[1]));
  return (
    <li className={styles.check} data-outcome={check.outcome}>
      <div className={styles.checkHead}>
        <OutcomeMark outcome={check.outcome} />
        <span className={styles.checkName}>{check.name}</span>
        <span className={styles.points}>
          {short(check.points)}/{short(check.max)}
          <span className="visually-hidden"> points</span>
        </span>
      </div>
      {check.message && <p className={styles.message}>{check.message}</p>}
      {values.length > 0 && (
        <dl className={styles.values}>
          {values.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>
                <code>{value}</code>
              </dd>
            </div>
          ))}
        </dl>
      )}
      {check.usually && <p className={styles.usually}>{check.usually}</p>}
      {check.output && <Printed text={check.output} />}
    </li>
  );
}

/** What the compiler has to say, line by line; or why it has nothing to say. Shown, not graded. */
export function Remarks({ report }: { report: Pick<Report, "diagnostics" | "typesUnchecked"> }) {
  const { diagnostics, typesUnchecked } = report;
  if (typesUnchecked) return <p className="muted">{typesUnchecked}</p>;
  if (diagnostics.length === 0) return null;
  return (
    <section className={styles.remarks} aria-label="Remarks of the compiler">
      <p>
        {diagnostics.length === 1
          ? "The compiler has a remark"
          : `The compiler has ${diagnostics.length} remarks`}
        ; they cost no points:
      </p>
      <ul>
        {diagnostics.map((remark) => (
          <li key={`${remark.line} ${remark.column} ${remark.message}`}>
            Line {remark.line}: <RemarkText remark={remark} />
          </li>
        ))}
      </ul>
    </section>
  );
}

/** One remark: its number, the reasons, and the other places that belong to it. */
export const RemarkText = ({ remark }: { remark: Report["diagnostics"][number] }) => (
  <>
    {remark.code !== undefined && <span className={styles.remarkCode}>TS{remark.code} </span>}
    {remark.message}
    {remark.related?.map((place) => (
      <span
        className={styles.related}
        key={`${place.file} ${place.line} ${place.column} ${place.message}`}
      >
        {place.file ? `${place.file}, line` : "Line"} {place.line}: {place.message}
      </span>
    ))}
  </>
);

/** What the learner's code printed, folded away. */
function Printed({ text }: { text: string }) {
  const lines = text.trimEnd().split("\n").length;
  return (
    <details className={styles.printed}>
      <summary>
        What the code printed{" "}
        <span className="muted">({lines === 1 ? "1 line" : `${lines} lines`})</span>
      </summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it. */}
      <pre tabIndex={0}>{text}</pre>
    </details>
  );
}
