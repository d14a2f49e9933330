/** The grader's service: accounts, submissions, queue, worker and gradebook behind one `fetch`. */
export { createService, type Service, type ServiceOptions } from "./service.ts";
export { FolderInUse } from "./store/lock.ts";
export type * from "./types.ts";
