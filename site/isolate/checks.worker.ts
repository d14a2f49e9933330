/// <reference lib="webworker" />
/** A learner's side in the page: holds their code for one check and answers with data. */
import { serveWorker, type WorkerScope } from "@gradus/grader/checks/host";

serveWorker(self as unknown as WorkerScope);
