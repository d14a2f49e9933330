import { penaltySteps, sayPenalty } from "@/lib/penalty";
import styles from "./courses.module.css";

const WIDTH = 320;
const HEIGHT = 132;
const LEFT = 44;
const TOP = 12;
const RIGHT = 8;
const BOTTOM = 34;

/** How much of the points is left, day by day after the due date; above it, what late days save. */
export function PenaltyPicture({
  perDay,
  most,
  free,
  lastDay,
}: {
  perDay: number;
  most: number;
  /** How many late days can be used here. */
  free: number;
  /** The last day on which something is taken; null: it stays open. */
  lastDay: number | null;
}) {
  const plain = penaltySteps(perDay, most, 0, lastDay);
  const saved = penaltySteps(perDay, most, free, lastDay);
  const days = Math.max(plain.length, saved.length);
  const x = (day: number) => LEFT + (day * (WIDTH - LEFT - RIGHT)) / days;
  const y = (percent: number) => TOP + ((100 - percent) * (HEIGHT - TOP - BOTTOM)) / 100;
  const path = (steps: number[]) =>
    Array.from({ length: days }, (_, day) => {
      const percent = steps[Math.min(day, steps.length - 1)];
      return `${day === 0 ? "M" : "L"}${x(day)} ${y(percent)}H${x(day + 1)}`;
    }).join("");
  const helps = free > 0 && perDay > 0;
  const marks = Array.from({ length: days }, (_, day) => day).filter(
    (day) => days <= 9 || day % Math.ceil(days / 7) === 0,
  );
  return (
    <figure className={styles.penalty}>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        role="img"
        aria-label={`What is left of the points: ${sayPenalty(plain)}.`}
      >
        {[0, 50, 100].map((percent) => (
          <g key={percent}>
            <line
              className={styles.grid}
              x1={LEFT}
              x2={WIDTH - RIGHT}
              y1={y(percent)}
              y2={y(percent)}
            />
            <text className={styles.tickText} x={LEFT - 6} y={y(percent) + 3.5} textAnchor="end">
              {percent} %
            </text>
          </g>
        ))}
        {helps && <path className={styles.savedLine} d={path(saved)} />}
        <path className={styles.penaltyLine} d={path(plain)} />
        {marks.map((day) => (
          <text
            key={day}
            className={styles.tickText}
            x={(x(day) + x(day + 1)) / 2}
            y={HEIGHT - BOTTOM + 14}
            textAnchor="middle"
          >
            {day === 0 ? "on time" : day}
          </text>
        ))}
        <text className={styles.tickText} x={WIDTH - RIGHT} y={HEIGHT - 4} textAnchor="end">
          days late
        </text>
      </svg>
      <figcaption className="field__hint">
        {perDay === 0
          ? "Lateness costs nothing."
          : `What is left of the points: ${sayPenalty(plain)}.`}
        {helps && ` Dashed: with ${free === 1 ? "a late day" : `${free} late days`} used.`}
      </figcaption>
    </figure>
  );
}
