// Written by datasets/build.ts; do not edit.
/** The packs that are files, and the sha256 of each, unpacked. */
export const packs: Readonly<Record<string, string>> = {
  "mnist": "9738ec2cf5bc03c2a71e195650524359907287f24821f729bbf700aef8d387d3",
  "fashion-mnist": "6270e7d8c3c6590bd0d4ac3f7f9ec51190c7a7b6e5598a3e64ebf407740bd591",
  "spam": "fa29d881ec486e7653077ea364c56fda67299ea7640bf57149269defb7d0d81f",
  "moby-dick": "aba7f10db66f50a34b67c695bce89b0cb0396932ba83bf6f3cbb0fb4b8bc9a3c",
  "first-names": "b58ad9bf10273543cfeb4659366b074a1a1fd3c3e5c9570fd631564982a2c633",
  "cmudict": "3237b3a51cadf24a3a37b28e05845984ac8a0464d6732656abaa68522f1ba2d7",
};
