import styles from "./insight.module.css";

const WIDTH = 340;
const HEIGHT = 190;
const LEFT = 30;
const TOP = 20;
const BOTTOM = 50;

/** How many of each kind there are, as bars with their numbers on top. */
export function Bars({
  title,
  bars,
  axis,
}: {
  /** What one sees. */
  title: string;
  bars: { label: string; value: number }[];
  /** What the kinds are. */
  axis: string;
}) {
  const most = Math.max(1, ...bars.map(({ value }) => value));
  const step = (WIDTH - LEFT) / bars.length;
  const height = (value: number) => (value * (HEIGHT - TOP - BOTTOM)) / most;
  const base = HEIGHT - BOTTOM;
  const told = bars.filter(({ value }) => value > 0);
  return (
    <figure className={styles.picture}>
      <figcaption>{title}</figcaption>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        role="img"
        aria-label={
          told.length === 0
            ? `${title}: none`
            : `${title}. ${axis}: ${told.map(({ label, value }) => `${label}: ${value}`).join("; ")}.`
        }
      >
        {bars.map(({ label, value }, index) => {
          const x = LEFT + index * step;
          return (
            <g key={label}>
              <rect
                className={styles.bar}
                x={x + 2}
                y={base - height(value)}
                width={step - 4}
                height={height(value)}
              />
              {value > 0 && (
                <text x={x + step / 2} y={base - height(value) - 5} textAnchor="middle">
                  {value}
                </text>
              )}
              <text x={x + step / 2} y={base + 16} textAnchor="middle">
                {label}
              </text>
            </g>
          );
        })}
        <line className={styles.axis} x1={LEFT} x2={WIDTH} y1={base} y2={base} />
        <text x={WIDTH} y={HEIGHT - 12} textAnchor="end">
          {axis}
        </text>
        <text transform={`translate(12 ${base}) rotate(-90)`}>learners</text>
      </svg>
    </figure>
  );
}

/** A part of a whole: the number, and a bar beside it that says no more. */
export function Part({ value, of, children }: { value: number; of: number; children?: string }) {
  return (
    <span className={styles.part}>
      <svg viewBox="0 0 64 8" preserveAspectRatio="none" aria-hidden="true">
        <rect className={styles.partRest} width="64" height="8" />
        <rect className={styles.partFull} width={of > 0 ? (64 * value) / of : 0} height="8" />
      </svg>
      <span>{children ?? value}</span>
    </span>
  );
}
