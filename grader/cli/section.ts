import { usage } from "./problem.ts";
import type { Server } from "./server.ts";

/** The id of the section of this name; of none, none. @throws Problem that names the ones there are */
export async function sectionId(
  server: Server,
  course: string,
  name: string | undefined,
): Promise<string | undefined> {
  if (name === undefined) return undefined;
  const all = await server.sections(course);
  const found = all.find((one) => one.name === name);
  if (found) return found.id;
  throw usage(
    "no_section",
    `there is no section ${JSON.stringify(name)} in ${course}`,
    all.length > 0 ? `the sections are: ${all.map((one) => one.name).join(", ")}` : undefined,
  );
}
