import { Dataset } from "./dataset.ts";
import { loadText, type Pack } from "./pack.ts";
import { cmudictPack } from "./packs/cmudict.generated.ts";
import { firstNamesPack } from "./packs/first-names.generated.ts";
import { mobyDickPack } from "./packs/moby-dick.generated.ts";
import { spamPack } from "./packs/spam.generated.ts";

/** One mail. */
export interface Mail {
  /** What its reader saw, HTML as it was written; at most 10,000 characters. */
  readonly text: string;
  /** 1 for spam, 0 for what was wanted. */
  readonly spam: 0 | 1;
  /** Which of the corpus's five collections it is from. */
  readonly group: "easy-ham-1" | "easy-ham-2" | "hard-ham-1" | "spam-1" | "spam-2";
}

/**
 * 5,794 mails of the years 2002 and 2003, 1,683 of them spam: the SpamAssassin public corpus
 * (2006), without headers, attachments and repeats, and with every mail address replaced.
 */
export async function spam(): Promise<Dataset<Mail>> {
  const rows = await readLines(spamPack, (line): Mail => {
    const { text, group } = JSON.parse(line);
    return { text, spam: group.startsWith("spam") ? 1 : 0, group };
  });
  const columns = [
    { name: "text", description: "what the reader saw" },
    { name: "spam", description: "1 for spam, 0 for what was wanted" },
    { name: "group", description: "collection of the corpus" },
  ];
  return new Dataset("spam", rows, columns, spamPack);
}

/** One chapter: each paragraph in one line, an empty line between two. */
export interface Chapter {
  readonly title: string;
  readonly text: string;
}

/** A book, chapter by chapter. */
export class Book extends Dataset<Chapter> {
  /** All of it: the chapters' texts in order, an empty line between two. */
  get text(): string {
    return this.rows.map(({ text }) => text).join("\n\n");
  }
}

/**
 * H. Melville, "Moby-Dick; or, The Whale" (1851): 135 chapters and the epilogue; `text` has
 * 1,186,769 characters of 81 kinds.
 */
export async function mobyDick(): Promise<Book> {
  const rows = await readLines(mobyDickPack, (line): Chapter => JSON.parse(line));
  const columns = [
    { name: "title", description: "heading of the chapter" },
    { name: "text", description: "its text" },
  ];
  return new Book("moby-dick", rows, columns, mobyDickPack);
}

/** One first name. */
export interface FirstName {
  readonly name: string;
  /** Which of the two lists it stands in. */
  readonly gender: "female" | "male";
}

/**
 * 8,841 first names in use where English is spoken: 4,944 from a list of women's, 3,897 from one of
 * men's. 419 are in both, and come twice. G. Ward, "Moby Word II" (2002).
 */
export async function firstNames(): Promise<Dataset<FirstName>> {
  const rows = await readLines(firstNamesPack, (line): FirstName => {
    const [name, gender] = line.split(",");
    return { name, gender: gender as FirstName["gender"] };
  });
  const columns = [
    { name: "name", description: "first name" },
    { name: "gender", description: "list in which it stands" },
  ];
  return new Dataset("first-names", rows, columns, firstNamesPack);
}

/** One way to say one word. */
export interface Pronunciation {
  /** In capitals; some have an apostrophe, a hyphen, a dot or a digit. */
  readonly word: string;
  /** 0 for the usual way, then 1, 2 and 3. */
  readonly variant: number;
  /** The sounds, in ARPAbet; a vowel ends in its stress: 1 main, 2 second, 0 none. */
  readonly phones: readonly string[];
}

/**
 * The CMU Pronouncing Dictionary (Carnegie Mellon University, 1993 to 2015): 133,783 ways to say
 * 125,004 English words, in 39 sounds, which with their stresses make 69 phones.
 */
export async function cmudict(): Promise<Dataset<Pronunciation>> {
  const rows = await readLines(cmudictPack, (line): Pronunciation => {
    const [word, variant, phones] = line.split(",");
    return { word, variant: Number(variant), phones: Object.freeze(phones.split(" ")) };
  });
  const columns = [
    { name: "word", description: "word, in capitals" },
    { name: "variant", description: "0 for the usual way to say it" },
    { name: "phones", description: "sounds, in ARPAbet" },
  ];
  return new Dataset("cmudict", rows, columns, cmudictPack);
}

/** One row for each line of a pack. */
async function readLines<Row extends object>(pack: Pack, read: (line: string) => Row) {
  return (await loadText(pack)).split("\n").map((line) => Object.freeze(read(line)));
}
