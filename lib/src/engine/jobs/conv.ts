import type { Convolution } from "../../ops/conv.ts";
import type { Shape } from "../../shape.ts";
import { isWorth, type Job, type JobMaker, once, onFloats, type Question } from "./job.ts";

/**
 * The three have the same sizes: images, kernels, and the places where the kernels were laid. Their
 * order in `constants` is that of lib/kernels/conv.ts.
 */
function convolution(
  kernel: "convForward" | "convInput" | "convWeight",
  question: Question,
  [batch, channels, height, width]: Shape,
  [, perGroup, kernelHeight, kernelWidth]: Shape,
  [, filters, outHeight, outWidth]: Shape,
): Job | undefined {
  const { stride, padding, dilation, groups } = question.attributes as Convolution;
  const places = batch * filters * outHeight * outWidth;
  if (!isWorth(question, places * perGroup * kernelHeight * kernelWidth)) return undefined;
  const constants = [
    ...[batch, channels, height, width, filters, kernelHeight, kernelWidth, outHeight, outWidth],
    ...[...stride, ...padding, ...dilation, groups],
  ];
  return {
    constants,
    scratch: (kernels) =>
      4 * perGroup * kernelHeight * kernelWidth * outHeight * outWidth + kernels.gemmScratch(),
    calls: ({ inputs: [a, b], out, constants }) => once(kernel, constants, a, b, out),
  };
}

export const convJobs: Readonly<Record<string, JobMaker>> = {
  conv2d: onFloats((question) => {
    const [x, weight] = question.inShapes;
    return convolution("convForward", question, x, weight, question.outShape);
  }),
  // The same product read the other way: from y [n, in, …] into images.
  convTranspose2d: onFloats((question) => {
    const [y, weight] = question.inShapes;
    return convolution("convInput", question, question.outShape, weight, y);
  }),
  conv2dWeight: onFloats((question) => {
    const [x, y] = question.inShapes;
    return convolution("convWeight", question, x, question.outShape, y);
  }),
};
