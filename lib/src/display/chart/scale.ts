/** Where a chart's numbers lie, and the numbers written along its axis. */
export interface Scale {
  readonly kind: "linear" | "log" | "category";
  readonly low: number;
  readonly high: number;
  readonly ticks: readonly { readonly value: number; readonly label: string }[];
  /** From a value to its share of the axis: 0 at the low end, 1 at the high. */
  readonly share: (value: number) => number;
}

/** An even scale; its ticks are 1, 2 or 5 times a power of ten apart. */
export function linearScale(low: number, high: number, count: number): Scale {
  const step = niceStep((high - low) / count);
  const largest = Math.max(Math.abs(low), Math.abs(high));
  const ticks: { value: number; label: string }[] = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) {
    const value = i * step;
    ticks.push({ value, label: writeNumber(value, step, largest) });
  }
  return { kind: "linear", low, high, ticks, share: (value) => (value - low) / (high - low) };
}

/** The smallest of …, 0.1, 0.2, 0.5, 1, 2, 5, 10, … that is not below `rough`. */
function niceStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  for (const times of [1, 2, 5]) if (times * power >= rough * (1 - 1e-9)) return times * power;
  return 10 * power;
}

/** A scale of powers: equal distances are equal factors. */
export function logScale(low: number, high: number, count: number): Scale {
  const [from, to] = [Math.log10(low), Math.log10(high)];
  const every = Math.max(1, Math.ceil((to - from) / count));
  const ticks: { value: number; label: string }[] = [];
  for (let power = Math.ceil(from - 1e-9); power <= to + 1e-9; power += every) {
    const value = 10 ** power;
    ticks.push({ value, label: writeNumber(value, 10 ** power, value) });
  }
  // Less than two powers of ten: 2 and 5 times them help.
  if (to - from < 2)
    for (let power = Math.floor(from); power <= to; power++)
      for (const times of [2, 5]) {
        const value = times * 10 ** power;
        if (value >= low && value <= high)
          ticks.push({ value, label: writeNumber(value, 10 ** power, value) });
      }
  ticks.sort((a, b) => a.value - b.value);
  const share = (value: number) => (Math.log10(value) - from) / (to - from);
  return { kind: "log", low, high, ticks, share };
}

/** One place for each name. */
export function categoryScale(names: readonly string[]): Scale {
  const low = -0.5;
  const high = Math.max(1, names.length) - 0.5;
  const ticks = names.map((label, value) => ({ value, label }));
  return { kind: "category", low, high, ticks, share: (value) => (value - low) / (high - low) };
}

/** With the digits that tell a tick from the next one, `step` away. */
function writeNumber(value: number, step: number, largest: number): string {
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  if (largest < 1e6 && decimals <= 5) return value.toFixed(decimals).replace("-", "−");
  if (value === 0) return "0";
  const power = Math.floor(Math.log10(Math.abs(value)) + 1e-9);
  const digits = Math.min(15, Math.max(0, power - Math.floor(Math.log10(step) + 1e-9)));
  const [mantissa, exponent] = value.toExponential(digits).split("e");
  return `${Number(mantissa)}e${Number(exponent)}`.replaceAll("-", "−");
}

/** With three digits, for labels inside a chart. */
export function shortNumber(value: number): string {
  return String(Number(value.toPrecision(3))).replace("-", "−");
}
