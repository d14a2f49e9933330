import type { Pooling } from "../../ops/pool.ts";
import { spans } from "../../ops/windows.ts";
import { type Shape, sizeOf } from "../../shape.ts";
import { type Call, cut, isWorth, type JobMaker } from "./job.ts";

/** Numbers of a part, at least. */
const LEAST = 8192;

type PoolKernel = "avgPool" | "avgUnpool" | "maxPlaces" | "maxPool" | "maxUnpool";

/**
 * The images are the result's where windows go back into them, else the first input's; each array
 * is cut by planes, which do not know of each other.
 */
function pooling(kernel: PoolKernel): JobMaker {
  const back = kernel === "avgUnpool" || kernel === "maxUnpool";
  return (question) => {
    const { inShapes, outShape, attributes } = question;
    const [images, windows] = back ? [outShape, inShapes[0]] : [inShapes[0], outShape];
    if (question.inTypes.some((type) => type !== "float32")) return undefined;
    if (sizeOf(windows) === 0 || !isWorth(question, sizeOf(images), kernel.startsWith("max")))
      return undefined;
    const [n, channels, height, width] = images;
    const how = attributes as Pooling;
    const [down, across] = [spans(height, 0, how), spans(width, 1, how)];
    const areas = "kernelSize" in how ? how.kernelSize : undefined;
    const halves =
      "kernelSize" in how &&
      [how.kernelSize, how.stride].flat().every((size) => size === 2) &&
      how.padding.every((size) => size === 0) &&
      across.length >= 4;
    const listed = [down, across].flatMap((of, axis) =>
      of.flatMap(([start, end]) => [start, end, areas?.[axis] ?? end - start]),
    );
    const planeOf = (shape: Shape) => sizeOf(shape.slice(2));
    return {
      constants: [height, width, down.length, across.length, Number(halves), ...listed],
      calls: ({ inputs, out, constants }, parts) => [
        cut(n * channels, parts, 1, Math.ceil(LEAST / planeOf(images))).map(
          ({ from, length }): Call => [
            ...([kernel, constants, length] as const),
            ...inputs.map((address, i) => address + 4 * from * planeOf(inShapes[i])),
            out + 4 * from * planeOf(outShape),
          ],
        ),
      ],
    };
  };
}

export const poolJobs: Readonly<Record<string, JobMaker>> = {
  maxPool2d: pooling("maxPool"),
  maxPool2dPlaces: pooling("maxPlaces"),
  maxUnpool2d: pooling("maxUnpool"),
  avgPool2d: pooling("avgPool"),
  avgUnpool2d: pooling("avgUnpool"),
};
