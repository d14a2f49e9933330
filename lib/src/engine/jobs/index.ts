import { attentionJobs } from "./attention.ts";
import { convJobs } from "./conv.ts";
import { elementwiseJobs } from "./elementwise.ts";
import { indexingJobs } from "./indexing.ts";
import type { JobMaker } from "./job.ts";
import { matmulJobs } from "./matmul.ts";
import { movementJobs } from "./movement.ts";
import { poolJobs } from "./pool.ts";
import { rowJobs } from "./rows.ts";
import { updateJobs } from "./update.ts";

/** For each op that has a kernel, how it is done for given shapes, if that is worth it. */
export const jobs: Readonly<Record<string, JobMaker>> = {
  ...attentionJobs,
  ...convJobs,
  ...elementwiseJobs,
  ...indexingJobs,
  ...matmulJobs,
  ...movementJobs,
  ...poolJobs,
  ...rowJobs,
  ...updateJobs,
};
