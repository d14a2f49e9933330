/**
 * A color that stands for one idea in the whole course: what goes in, what should come out, what
 * is learned, what comes out, how to change, how wrong.
 */
export type ColorName = "data" | "target" | "weight" | "activation" | "gradient" | "loss";

/**
 * The colors of Okabe and Ito ("Color universal design", 2008), which color-blind readers can tell
 * apart, darkened or lightened until each has a contrast of 3:1 on white and on near black. A page
 * that defines a CSS variable of the name (`--data`) has its own color shown.
 */
export const chartColors: Readonly<Record<ColorName, string>> = {
  data: "#1479ba",
  gradient: "#d55e00",
  activation: "#009e73",
  loss: "#c4689b",
  weight: "#b87a00",
  target: "#3b92c4",
};

/** Text and lines that read on white and on near black; `--ink` and the like take their place. */
export const neutral = { ink: "#787878", grid: "#80808040" };

/** What stands for a point. */
export type MarkerShape = "circle" | "square" | "triangle" | "diamond" | "cross" | "plus";

/** What series look like, one after the other, where nothing else is said: never color alone. */
export const order: readonly { color: ColorName; marker: MarkerShape; dash: string }[] = [
  { color: "data", marker: "circle", dash: "" },
  { color: "gradient", marker: "square", dash: "7 4" },
  { color: "activation", marker: "triangle", dash: "2 3" },
  { color: "loss", marker: "diamond", dash: "9 3 2 3" },
  { color: "weight", marker: "cross", dash: "14 4" },
  { color: "target", marker: "plus", dash: "4 2 1 2" },
];

/** Each shape as an SVG path around (0, 0), about as large as a circle of radius 1. */
export const markerPaths: Readonly<Record<MarkerShape, string>> = {
  circle: "M-1 0A1 1 0 1 1 1 0A1 1 0 1 1-1 0Z",
  square: "M-.9-.9H.9V.9H-.9Z",
  triangle: "M0-1.15L1.1.8H-1.1Z",
  diamond: "M0-1.3L1.1 0L0 1.3L-1.1 0Z",
  cross: "M-.9-1.2L0-.3L.9-1.2L1.2-.9L.3 0L1.2 .9L.9 1.2L0 .3L-.9 1.2L-1.2 .9L-.3 0L-1.2-.9Z",
  plus: "M-.35-1.2H.35V-.35H1.2V.35H.35V1.2H-.35V.35H-1.2V-.35H-.35Z",
};

/** The same shapes by plotly's names. */
export const plotlyMarkers: Readonly<Record<MarkerShape, string>> = {
  circle: "circle",
  square: "square",
  triangle: "triangle-up",
  diamond: "diamond",
  cross: "x",
  plus: "cross",
};

/** And as characters: those of points and lines, and those that bars are made of. */
export const markerCharacters: Readonly<Record<MarkerShape, { point: string; bar: string }>> = {
  circle: { point: "o", bar: "█" },
  square: { point: "#", bar: "▒" },
  triangle: { point: "^", bar: "▓" },
  diamond: { point: "*", bar: "░" },
  cross: { point: "x", bar: "x" },
  plus: { point: "+", bar: "+" },
};

/** Stops of the color scales of heatmaps. */
export const colorScales: Readonly<Record<"sequential" | "diverging", readonly string[]>> = {
  // From dark blue to yellow at even steps of lightness: readable without color, too.
  sequential: ["#0b2a58", "#37486c", "#62656f", "#8d8467", "#bda54f", "#f0cc3a"],
  // Blue below zero, orange above, pale at zero.
  diverging: ["#00558a", "#5b9cc9", "#e9e7e2", "#dd9850", "#a84300"],
};

/** The color at `share` (0 to 1) of the way through a scale, as [red, green, blue]. */
export function colorAt(stops: readonly string[], share: number): [number, number, number] {
  const place = Math.min(1, Math.max(0, share)) * (stops.length - 1);
  const left = Math.min(Math.floor(place), stops.length - 2);
  const [from, to] = [parseHex(stops[left]), parseHex(stops[left + 1])];
  const mix = (i: number) => Math.round(from[i] + (to[i] - from[i]) * (place - left));
  return [mix(0), mix(1), mix(2)];
}

export function parseHex(hex: string): [number, number, number] {
  const value = Number.parseInt(hex.slice(1, 7), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

/** Relative luminance by WCAG 2.2, from 0 (black) to 1 (white). */
export function luminance([red, green, blue]: readonly number[]): number {
  const linear = (channel: number) => {
    const c = channel / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
}
