import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, test, vi } from "vitest";
import {
  files,
  listOfFiles,
  listPath,
  moduleOf,
  modulePath,
  names,
  packPath,
  readPack,
  readSource,
  sha256,
} from "../../../datasets/build.ts";
import { mailText } from "../../../datasets/mail.ts";
import { fashionMnist, type LabeledImages, mnist } from "./images.ts";
import { loadBytes, PACK_PROVIDER, type Pack } from "./pack.ts";
import { packs } from "./packs/list.generated.ts";
import { iris, penguins } from "./tables.ts";
import { cmudict, firstNames, mobyDick, spam } from "./texts.ts";

const root = join(import.meta.dirname, "../../..");

describe("the packs", () => {
  test.each(names)("%s: hash, module, notice", (name) => {
    const source = readSource(name);
    const bytes = readPack(name);
    expect(sha256(bytes)).toBe(source.sha256);
    expect(readFileSync(modulePath(name), "utf8")).toBe(moduleOf(name, bytes, source));
    const notice = readFileSync(join(root, "datasets", name, "README.md"), "utf8");
    expect(notice).toContain(source.license);
    for (const { name, version, sha256 } of source.packages)
      for (const fact of [`\`${name}\` ${version}`, sha256]) expect(notice).toContain(fact);
    const overview = readFileSync(join(root, "datasets/README.md"), "utf8");
    expect(overview).toContain(`| [${name}](${name}/README.md) |`);
    expect(overview).toContain(source.rows.toLocaleString("en"));
  });

  test("a host knows all that are files, and no other", () => {
    expect(Object.keys(packs)).toEqual(files);
    expect(readFileSync(listPath, "utf8")).toBe(listOfFiles());
    expect(files).toEqual(names.filter((name) => name !== "iris" && name !== "penguins"));
  });

  test("all together are under 15 MB, and no file tells when and where it was packed", () => {
    const sizes = names.map((name) => statSync(packPath(name)).size);
    expect(sizes.reduce((total, size) => total + size)).toBeLessThan(15e6);
    for (const name of files)
      expect([...readFileSync(packPath(name)).subarray(4, 10)]).toEqual([0, 0, 0, 0, 2, 255]);
  });

  test("the check without network passes, and fails for a damaged pack", async () => {
    const folder = await mkdtemp(join(tmpdir(), "gradus-packs-"));
    const check = () =>
      spawnSync(process.execPath, [join(folder, "datasets/build.ts"), "--check", "first-names"], {
        encoding: "utf8",
        env: { ...process.env, PATH: "" },
      });
    try {
      for (const place of ["datasets", "lib/src/data/packs"])
        execFileSync("cp", ["-r", "--parents", place, folder], { cwd: root });
      writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
      expect(check()).toMatchObject({ status: 0, stdout: "first-names: unchanged\n" });
      writeFileSync(join(folder, "datasets/first-names/pack.gz"), gzipSync("Ada,male"));
      const { status, stderr } = check();
      expect(status).not.toBe(0);
      expect(stderr).toContain("is not the file that was expected");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("the loaders say which pack they are", async () => {
    const { train, test } = await mnist();
    const fashion = await fashionMnist();
    for (const [data, name] of [
      [iris(), "iris"],
      [penguins(), "penguins"],
      [train, "mnist"],
      [test, "mnist"],
      [fashion.train, "fashion-mnist"],
      [await spam(), "spam"],
      [await mobyDick(), "moby-dick"],
      [await firstNames(), "first-names"],
      [await cmudict(), "cmudict"],
    ] as const) {
      const { packages, license, citation, sha256 } = readSource(name);
      const source = packages.map(({ name, version }) => `${name}@${version}`).join(", ");
      expect(data.provenance).toMatchObject({ source, license, citation, sha256 });
      expect(data.name.split(" ")[0]).toBe(name);
    }
  });
});

describe("pictures", () => {
  const counts = ({ y, classes }: LabeledImages) => {
    const out = classes.map(() => 0);
    for (const label of y.data) out[label]++;
    return out;
  };

  test("MNIST: 8,000 and 2,000 digits, gray from 0 to 1, none in both parts", async () => {
    const { train, test } = await mnist();
    expect(train.x.shape).toEqual([8000, 1, 28, 28]);
    expect(test.x.shape).toEqual([2000, 1, 28, 28]);
    expect([train.x.dtype, train.y.dtype, train.y.shape]).toEqual(["float32", "int32", [8000]]);
    // The first 10,000 rows of MNIST have these, by the published labels.
    const all = [1001, 1127, 991, 1032, 980, 863, 1014, 1070, 944, 978];
    expect(counts(test)).toEqual(Array(10).fill(200));
    expect(counts(train)).toEqual(all.map((n) => n - 200));
    expect([train.x.min().item(), train.x.max().item()]).toEqual([0, 1]);
    // Known of the whole 60,000: mean 0.1307 and deviation 0.3081.
    expect(Math.abs(train.x.mean().item() - 0.1307)).toBeLessThan(0.002);
    expect(Math.abs(train.x.std().item() - 0.3081)).toBeLessThan(0.002);
    expect(distinct(train, test)).toBe(10_000);
  });

  test("Fashion-MNIST: 12,000 and 2,000 pieces, ten classes alike, none in both parts", async () => {
    const { train, test } = await fashionMnist();
    expect(train.x.shape).toEqual([12_000, 1, 28, 28]);
    expect(counts(train)).toEqual(Array(10).fill(1200));
    expect(counts(test)).toEqual(Array(10).fill(200));
    // Known of the whole 60,000: mean 0.2860 and deviation 0.3530.
    expect(Math.abs(train.x.mean().item() - 0.286)).toBeLessThan(0.005);
    expect(Math.abs(train.x.std().item() - 0.353)).toBeLessThan(0.005);
    expect(distinct(train, test)).toBe(14_000);
    expect(test.classes[9]).toBe("ankle boot");
  });

  /** How many different pictures there are in both. */
  function distinct(...parts: LabeledImages[]): number {
    const seen = new Set<string>();
    for (const { x } of parts)
      for (let i = 0; i < x.shape[0]; i++)
        seen.add(Buffer.from(x.data.slice(i * 784, (i + 1) * 784).buffer).toString("latin1"));
    return seen.size;
  }

  test("any stretch is a fair sample", async () => {
    const { train, test } = await mnist();
    for (const start of [0, 1000, 1990])
      expect(counts(test.take(Array.from({ length: 10 }, (_, i) => start + i)))).toEqual(
        Array(10).fill(1),
      );
    const [part, all] = [
      counts(train.take(Array.from({ length: 1000 }, (_, i) => 5000 + i))),
      counts(train),
    ];
    for (const [digit, n] of part.entries())
      expect(Math.abs(n - all[digit] / 8)).toBeLessThanOrEqual(1);
  });

  test("the even ones, the small ones: filter and take keep pictures and classes in step", async () => {
    const { test } = await mnist();
    const small = test.filter((digit) => digit < 5);
    expect(counts(small)).toEqual([200, 200, 200, 200, 200, 0, 0, 0, 0, 0]);
    expect(small.x.row(5).toArray()).toEqual(test.x.row(10).toArray());
    expect(small.take([3, -0]).y.toArray()).toEqual([3, 0]);
    expect(test.filter(() => false).x.shape).toEqual([0, 1, 28, 28]);
  });

  test("shown: the first pictures as one, and how many of each class", async () => {
    const { test } = await mnist();
    expect(String(test.filter((digit) => digit < 2))).toMatchInlineSnapshot(`
      "mnist (test): 400 pictures of 28 × 28 pixels
        0: 200
        1: 200
        2: 0
        3: 0
        4: 0
        5: 0
        6: 0
        7: 0
        8: 0
        9: 0"
    `);
    const { "text/html": html, "image/png": png, "text/plain": plain } = test.toMimeBundle();
    expect(plain).toBe(String(test));
    expect(html).toMatch(/^<figure><img alt="the first 40 pictures: 0, 1, 2, 3, /);
    expect(html).toContain('width="560" height="224"');
    expect(html).toContain(
      "<figcaption>mnist (test): 2000 pictures of 28 × 28 pixels · the first 40 shown</figcaption>",
    );
    // In a PNG that is not compressed the pixels stand as they are: 11 bytes follow on their line's filter.
    const bytes = Buffer.from(png as string, "base64");
    const line = 12; // of the sheet: through the middle of the first ten digits
    const gray = Array.from({ length: 280 }, (_, column) =>
      Math.round(test.x.at(Math.floor(column / 28), 0, line, column % 28) * 255),
    );
    expect(bytes.includes(Buffer.from(gray))).toBe(true);
    expect(Object.keys(test.filter(() => false).toMimeBundle())).toEqual(["text/plain"]);
  });

  test("each call gives tensors of its own: what one writes into, the next does not see", async () => {
    const first = await mnist();
    first.test.x.data.fill(7);
    expect((await mnist()).test.x.max().item()).toBe(1);
  });
});

describe("texts", () => {
  test("spam: mails without headers, attachments, addresses and repeats", async () => {
    const mails = await spam();
    expect(mails.length).toBe(5794);
    expect(mails.filter((mail) => mail.spam === 1).length).toBe(1683);
    const groups: Record<string, number> = {};
    for (const { group } of mails) groups[group] = (groups[group] ?? 0) + 1;
    expect(groups).toEqual({
      "easy-ham-1": 2472,
      "easy-ham-2": 1389,
      "hard-ham-1": 250,
      "spam-1": 454,
      "spam-2": 1229,
    });
    const texts = mails.values("text");
    expect(new Set(texts).size).toBe(5794);
    for (const text of texts) {
      expect(text.length).toBeLessThanOrEqual(10_000);
      // The one that stands for all may itself be cut off.
      expect(text.replace(/someone@(example\.com|[a-z.]*$)/g, "")).not.toMatch(/\w@\w/);
      expect(text).not.toMatch(/^Received: .*\n(.*\n){0,40}X-Spam/m);
    }
    expect(mails.toTensor("spam").mean().item()).toBeCloseTo(1683 / 5794, 6);
    expect(String(mails).split("\n")[3]).toMatchInlineSnapshot(
      `"Date: Wed, 21 Aug 2002 10:54:46 -0500 From: Chris Garrigues …     0  easy-ham-1"`,
    );
  });

  test("from a mail to its text", () => {
    const mail = (text: string) => mailText(Buffer.from(text.replaceAll("\n", "\r\n"), "latin1"));
    expect(mail("From: a@b.com\nSubject: hello\n\nWrite to joe.doe+x@mail.example.org!\n\n")).toBe(
      "Write to someone@example.com!",
    );
    expect(
      mail(
        'Content-Type: multipart/mixed;\n  boundary="=x"\n\nnot shown\n--=x\nContent-Type: text/html; charset=iso-8859-1\n' +
          "Content-Transfer-Encoding: quoted-printable\n\n<b>caf=E9=\n</b> =93ok=94 mail=40home.net\n--=x\nContent-Type: image/gif\n\nGIF89a\n" +
          "--=x\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\nw6TDtsO8\n--=x--\nafter\n",
      ),
    ).toBe("<b>café</b> “ok” someone@example.com\n\näöü");
    expect(mail("Content-Type: text/plain; charset=koi8-r\n\n\xd0\xd2\xc9")).toBe("при");
    expect(mail("Content-Type: text/plain; charset=default_charset\n\n\x80 5")).toBe("€ 5");
    const whale = `Content-Type: text/plain; charset=utf-8\n\n${"x".repeat(9_999)}\u{1f40b}`;
    expect(mailText(Buffer.from(whale))).toBe("x".repeat(9_999));
  });

  test("Moby-Dick: 135 chapters, the epilogue, 81 symbols", async () => {
    const book = await mobyDick();
    expect(book.length).toBe(136);
    expect(book.text).toHaveLength(1_186_769);
    expect(new Set(book.text).size).toBe(81);
    expect(book.text).toMatch(/^Call me Ishmael\. Some years ago—/);
    expect(book.text).toMatch(/only found another orphan\.$/);
    expect(book.rows[41].title).toBe("The Whiteness of The Whale.");
    expect(book.rows[135].title).toBe("Epilogue");
  });

  test("first names: two lists, 419 names in both", async () => {
    const names = await firstNames();
    const of = (gender: string) =>
      new Set(names.filter((row) => row.gender === gender).values("name"));
    const [female, male] = [of("female"), of("male")];
    expect([female.size, male.size, names.length]).toEqual([4944, 3897, 8841]);
    expect([...female].filter((name) => male.has(name))).toHaveLength(419);
    for (const { name } of names) expect(name).toMatch(/^[A-Z][A-Za-z]*(-[A-Z][a-z]+)?$/);
  });

  test("CMUdict: every word has phones, other ways to say it are counted", async () => {
    const dictionary = await cmudict();
    expect(dictionary.length).toBe(133_783);
    const words = new Map<string, number>();
    const phones = new Set<string>();
    let last = 0;
    for (const row of dictionary) {
      expect(row.variant).toBe(words.get(row.word) ?? 0);
      words.set(row.word, row.variant + 1);
      for (const phone of row.phones) phones.add(phone);
      last = Math.max(last, row.variant);
    }
    expect([words.size, phones.size, last]).toEqual([125_004, 69, 3]);
    expect(new Set([...phones].map((phone) => phone.replace(/\d/, ""))).size).toBe(39);
    expect(dictionary.filter((row) => row.word === "TOMATO").rows).toEqual([
      { word: "TOMATO", variant: 0, phones: ["T", "AH0", "M", "EY1", "T", "OW2"] },
      { word: "TOMATO", variant: 1, phones: ["T", "AH0", "M", "AA1", "T", "OW2"] },
    ]);
    expect(String(dictionary).split("\n")[6]).toMatch(/^A\. +0 {2}EY1$/);
  });

  test("rows cannot be changed by accident", async () => {
    const [row] = (await cmudict()).rows;
    expect(() => Object.assign(row, { word: "B" })).toThrow(TypeError);
    expect(() => (row.phones as string[]).push("Z")).toThrow(TypeError);
  });
});

describe("loading", () => {
  const scope = globalThis as { [PACK_PROVIDER]?: unknown };
  afterEach(() => {
    delete scope[PACK_PROVIDER];
    vi.unstubAllGlobals();
    vi.restoreAllMocks();
  });

  const bytes = new TextEncoder().encode("some data");
  let count = 0;
  /** A pack of another name each time: what was loaded once is not loaded again. */
  const pack = (sha = sha256(bytes)): Pack => ({
    name: `test-${++count}`,
    source: "",
    license: "",
    citation: "",
    sha256: sha,
  });
  const provide = (file: Uint8Array) => {
    const asked: string[] = [];
    scope[PACK_PROVIDER] = async (name: string) => {
      asked.push(name);
      return file;
    };
    return asked;
  };
  const failure = async (of: Pack) => {
    const { message } = await loadBytes(of).then(
      () => expect.unreachable(),
      (error: Error) => error,
    );
    return message.replaceAll(of.name, "NAME").replaceAll(root, "/gradus");
  };

  test("a host that has packs is asked, once for each; packed or not", async () => {
    const one = pack();
    const asked = provide(gzipSync(bytes));
    const [first, second] = await Promise.all([loadBytes(one), loadBytes(one)]);
    expect(new TextDecoder().decode(first)).toBe("some data");
    expect(second).toBe(first);
    const other = pack();
    provide(bytes);
    expect([...(await loadBytes(other))]).toEqual([...bytes]);
    expect(asked).toEqual([one.name]);
  });

  test("damaged, cut off or of another version: it says so, and the next try is a new one", async () => {
    const one = pack();
    provide(gzipSync("other data"));
    expect(await failure(one)).toMatchInlineSnapshot(`
      "NAME: the data is damaged, or of another version than the library
        sha256 expected: 1307990e6ba5ca145eb35e99182a9bec46531bc54ddf656a602c780fa0240dee
        sha256 got:      873517954b8a3d8fd220525b1d20305e6e5cf87a7927b2debcc9391c6af606e9
        hint: git checkout datasets/NAME brings it back; in a page, reload"
    `);
    const packed = gzipSync(bytes);
    packed[packed.length - 6] ^= 1;
    provide(packed);
    expect(await failure(one)).toContain("it does not unpack");
    provide(gzipSync(bytes).subarray(0, 20));
    expect(await failure(one)).toContain("it does not unpack");
    provide(gzipSync(bytes));
    expect(await loadBytes(one)).toHaveLength(9);
  });

  test("without a safe connection a browser cannot hash, and the checksum of gzip must do", async () => {
    vi.stubGlobal("crypto", {});
    provide(gzipSync("other data"));
    expect(await loadBytes(pack())).toHaveLength(10);
  });

  test("in Node, what lies above the folder one works in is found too", async () => {
    const one = pack();
    const folder = await mkdtemp(join(tmpdir(), "gradus-packs-"));
    const deep = join(folder, "a/b");
    mkdirSync(deep, { recursive: true });
    mkdirSync(join(folder, "datasets", one.name), { recursive: true });
    writeFileSync(join(folder, "datasets", one.name, "pack.gz"), gzipSync(bytes));
    vi.spyOn(process, "cwd").mockReturnValue(deep);
    expect(await loadBytes(one)).toHaveLength(9);
    rmSync(folder, { recursive: true });
  });

  test("no file, no host, no way to unpack: what to do", async () => {
    vi.spyOn(process, "cwd").mockReturnValue("/elsewhere");
    expect(await failure(pack())).toMatchInlineSnapshot(`
      "NAME: there is no datasets/NAME/pack.gz
        looked in and above: /gradus/lib/src/data, /elsewhere
        hint: run this in the folder of Gradus; git checkout datasets brings back what was deleted"
    `);
    vi.stubGlobal("process", undefined);
    expect(await failure(pack())).toMatchInlineSnapshot(`
      "NAME: data cannot be loaded here
        hint: load it in a cell or in Node, and pass on what is needed"
    `);
    provide(gzipSync(bytes));
    vi.stubGlobal("DecompressionStream", undefined);
    expect(await failure(pack())).toMatchInlineSnapshot(`
      "NAME: nothing here unpacks gzip
        hint: hand over the bytes unpacked"
    `);
  });
});
