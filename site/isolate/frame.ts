/** The page of the sandboxed frame in which learners' code runs: see isolate.ts. */

/** Where the frame's page is. */
export const framePath = "/workers/frame.html";

/**
 * Nothing can be fetched or shown here, and text may become code: that is what the frame is for.
 * `sandbox` holds even where somebody opens the frame's address by itself.
 */
export const framePolicy: Readonly<Record<string, string>> = {
  "default-src": "'none'",
  "script-src": "'unsafe-inline' 'unsafe-eval'",
  "worker-src": "blob:",
  sandbox: "allow-scripts",
};

// Starts workers from the code it is given and carries messages to and fro. A worker inherits the frame's policy.
const script = `
let url;
addEventListener("message", ({ data, source, ports: [port] }) => {
  if (source !== parent) return;
  if (data.ping) parent.postMessage("pong", "*");
  if (data.code !== undefined) url = URL.createObjectURL(new Blob([data.code], { type: "text/javascript" }));
  if (!data.spawn) return;
  const worker = new Worker(url);
  worker.onmessage = (event) => port.postMessage({ message: event.data });
  worker.onerror = (event) => {
    event.preventDefault();
    port.postMessage({ error: event.message || "it could not be started" });
  };
  port.onmessage = ({ data: { end, message } }) => {
    if (!end) return worker.postMessage(message);
    worker.terminate();
    port.close();
  };
});
parent.postMessage("ready", "*");
`;

export const framePage = `<!doctype html><html lang="en"><title>Where learners' code runs</title><script>${script}</script></html>\n`;
