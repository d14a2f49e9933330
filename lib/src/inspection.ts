/** How one looks into a network: is the gradient right, what is the model made of? */
export { GradcheckError, type GradcheckOptions, gradcheck } from "./gradcheck.ts";
export { summary } from "./nn/summary.ts";
