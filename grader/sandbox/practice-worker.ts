/** The learner's side of practice grading, in a worker thread. */
import { parentPort } from "node:worker_threads";
import { serveWorker } from "@gradus/grader/checks/host";

const port = parentPort!;
serveWorker({
  postMessage: (message) => port.postMessage(message),
  addEventListener: (_, listener) => {
    port.on("message", (data) => listener({ data }));
  },
});
