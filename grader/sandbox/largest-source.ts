/** The largest source that is graded, in characters. Apart, so that whoever only asks loads no sandbox. */
export const LARGEST_SOURCE: number = 256 * 1024;
