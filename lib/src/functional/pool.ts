import { guard } from "../forbid.ts";
import * as ops from "../ops/index.ts";
import { needTensor, type Tensor } from "../tensor.ts";
import { needPair, needRank, type Size2d } from "./need.ts";

/** Options of {@link maxPool2d} and {@link avgPool2d}. */
export interface Pool2dOptions {
  /** How large the window is. */
  kernelSize: Size2d;
  /** How far it moves from one place to the next; by default its own size, so that no two overlap. */
  stride?: Size2d;
  /** Rows and columns put around the images, at most half of the window; 0 by default. */
  padding?: Size2d;
}

/** Options of {@link maxPool1d} and {@link avgPool1d}. */
export interface Pool1dOptions {
  kernelSize: number;
  stride?: number;
  padding?: number;
}

/** The largest number in each window. [batch, channels, height, width] → [batch, channels, …, …] */
export function maxPool2d(x: Tensor, options: number | Pool2dOptions): Tensor {
  guard("maxPool2d");
  return ops.maxPool2d([needTensor("maxPool2d", x)], windows("maxPool2d", options));
}

/**
 * The mean of each window; padding counts as zeros.
 * [batch, channels, height, width] → [batch, channels, …, …]
 */
export function avgPool2d(x: Tensor, options: number | Pool2dOptions): Tensor {
  guard("avgPool2d");
  return ops.avgPool2d([needTensor("avgPool2d", x)], windows("avgPool2d", options));
}

/** As {@link maxPool2d}, along a line. [batch, channels, length] → [batch, channels, …] */
export function maxPool1d(x: Tensor, options: number | Pool1dOptions): Tensor {
  guard("maxPool1d");
  return alongLine("maxPool1d", x, (rows) => maxPool2d(rows, flat(options)));
}

/** As {@link avgPool2d}, along a line. [batch, channels, length] → [batch, channels, …] */
export function avgPool1d(x: Tensor, options: number | Pool1dOptions): Tensor {
  guard("avgPool1d");
  return alongLine("avgPool1d", x, (rows) => avgPool2d(rows, flat(options)));
}

/**
 * Splits each image into `outputSize` windows, as equal as can be, and takes their largest numbers.
 * [batch, channels, height, width] → [batch, channels, …outputSize]
 */
export function adaptiveMaxPool2d(x: Tensor, outputSize: Size2d): Tensor {
  const op = "adaptiveMaxPool2d";
  guard(op);
  const size = needPair(op, "outputSize", outputSize, 1);
  return ops.maxPool2d([needTensor(op, x)], { outputSize: size });
}

/**
 * Splits each image into `outputSize` windows, as equal as can be, and takes their means.
 * [batch, channels, height, width] → [batch, channels, …outputSize]
 */
export function adaptiveAvgPool2d(x: Tensor, outputSize: Size2d): Tensor {
  const op = "adaptiveAvgPool2d";
  guard(op);
  const size = needPair(op, "outputSize", outputSize, 1);
  return ops.avgPool2d([needTensor(op, x)], { outputSize: size });
}

/** As {@link adaptiveMaxPool2d}, along a line. [batch, channels, length] → [batch, channels, outputSize] */
export function adaptiveMaxPool1d(x: Tensor, outputSize: number): Tensor {
  guard("adaptiveMaxPool1d");
  return alongLine("adaptiveMaxPool1d", x, (rows) => adaptiveMaxPool2d(rows, [1, outputSize]));
}

/** As {@link adaptiveAvgPool2d}, along a line. [batch, channels, length] → [batch, channels, outputSize] */
export function adaptiveAvgPool1d(x: Tensor, outputSize: number): Tensor {
  guard("adaptiveAvgPool1d");
  return alongLine("adaptiveAvgPool1d", x, (rows) => adaptiveAvgPool2d(rows, [1, outputSize]));
}

function windows(op: string, options: number | Pool2dOptions): ops.Pooling {
  const given = typeof options === "number" ? { kernelSize: options } : options;
  const { kernelSize, stride = kernelSize, padding = 0 }: Pool2dOptions = given;
  return {
    kernelSize: needPair(op, "kernelSize", kernelSize, 1),
    stride: needPair(op, "stride", stride, 1),
    padding: needPair(op, "padding", padding, 0),
  };
}

function flat(options: number | Pool1dOptions): Pool2dOptions {
  const given = typeof options === "number" ? { kernelSize: options } : options;
  const { kernelSize, stride = kernelSize, padding = 0 }: Pool1dOptions = given;
  return { kernelSize: [1, kernelSize], stride: [1, stride], padding: [0, padding] };
}

/** Takes each line as an image of one row. */
function alongLine(op: string, x: Tensor, pool: (rows: Tensor) => Tensor): Tensor {
  const lines = needRank(op, x, 3, "the input is [batch, channels, length]");
  return pool(lines.unsqueeze(2)).squeeze(2);
}
