// Cells that only the notebook runs: they may import more, and no cell of the page may lean on them.
import fs from "node:fs";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { cellsOf, loadChapter } from "../../course/src/chapter.ts";
import { buildNotebook } from "../../course/src/notebook.ts";
import { loadOutputs } from "../../course/src/outputs.ts";
import { CourseError } from "../../course/src/problem.ts";
import { bodyLine, frontMatter, makeCourse, notebooks } from "./course.ts";

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) fs.rmSync(folder, { recursive: true });
});

const fence = (meta: string, code: string) => `\`\`\`ts ${meta}\n${code}\n\`\`\`\n\n`;

function course(body: string) {
  const root = makeCourse(`${frontMatter}${body}`);
  folders.push(root);
  return { root, load: () => loadChapter(path.join(root, "course/01-tiny.mdx"), { root }) };
}

async function against(body: string): Promise<string[]> {
  const { root, load } = course(body);
  try {
    await buildNotebook(load(), { root });
    return [];
  } catch (error) {
    if (!(error instanceof CourseError)) throw error;
    return error.message.split("\n").map((line) => line.slice("course/01-tiny.mdx:".length));
  }
}

describe("a cell of the notebook alone", () => {
  test("is marked behind its id", () => {
    const { load } = course(fence("cell id=a", "const a = 1;") + fence("cell id=b notebook", "a;"));
    expect(cellsOf(load()).map(({ id, notebookOnly }) => [id, notebookOnly])).toEqual([
      ["a", false],
      ["b", true],
    ]);
    expect(course(fence("cell id=b notebok", "1;")).load).toThrow(
      'cannot read "cell id=b notebok"',
    );
  });

  test("may import the libraries that the repository brings, and no others", async () => {
    const code = 'import { DecisionTreeClassifier } from "ml-cart";';
    expect(await against(fence("cell id=a notebook", code))).toEqual([]);
    expect(await against(fence("cell id=a", code))).toEqual([
      `${bodyLine + 1}:1: cell "a": the page has no "ml-cart": begin the cell with \`\`\`ts cell id=a notebook, and only the notebook runs it`,
    ]);
    expect(await against(fence("cell id=a notebook", 'import fs from "node:fs";'))).toEqual([
      expect.stringContaining('cell "a": the notebook has only "gradus", "@tensorflow/tfjs"'),
    ]);
  });

  test("declares nothing for the cells of the page", async () => {
    const own = fence("cell id=a notebook", "const { one, two: [deep] } = { one: 1, two: [2] };");
    expect(await against(own + fence("cell id=b", "console.log(1,\n  deep);"))).toEqual([
      `${bodyLine + 6}:3: cell "b": "deep" comes from the cell "a", which the page does not run: declare it in a cell that it does`,
    ]);
    expect(await against(own + fence("cell id=b notebook", "console.log(one);"))).toEqual([]);
    // What only looks like the name, or is declared anew, is no matter.
    expect(await against(own + fence("cell id=b", "const x = { one: 1 }; x.one;"))).toEqual([]);
    expect(await against(own + fence("cell id=b", "const one = 2;\none;"))).toEqual([]);
    expect(await against(own + fence("cell id=b", "[3].map((one) => one);"))).toEqual([]);
  });

  test("runs in the kernel, with types", { timeout: 60_000 }, async () => {
    const { root } = course(
      fence(
        "cell id=a notebook",
        'import SVM from "libsvm-js/asm";\nconst svm = new SVM({ kernel: SVM.KERNEL_TYPES.RBF, gamma: 1, cost: 1, quiet: true });\n' +
          "svm.train([[0], [1], [2]], [0, 1, 0]);\nconsole.log(svm.predict([[1], [3]]).length);",
      ),
    );
    expect((await notebooks(["--root", root])).code).toBe(0);
    expect(loadOutputs("tiny", { root }).a).toMatchObject([{ text: "2\n" }]);
    const wrong = course(
      fence("cell id=a notebook", 'import SVM from "libsvm-js/asm";\nnew SVM({ gama: 1 });'),
    );
    expect((await notebooks(["--root", wrong.root])).output).toMatch(/:\d+:11: cell "a": .*gama/);
  });
});
