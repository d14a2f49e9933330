// How JupyterLab and its Python are started for Gradus. Plain JavaScript, so that any Node from 20 on can call it.
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
const windows = process.platform === "win32";

/** The Python of the repository's virtual environment, whether it is there or not. */
export const python = path.join(root, ".venv", windows ? "Scripts/python.exe" : "bin/python");

/** The script that runs notebooks. */
export const executor = path.join(root, "jupyter", "execute.py");

/** Whether JupyterLab is installed in the repository's virtual environment. */
export const labInstalled = () =>
  fs.existsSync(path.join(path.dirname(python), windows ? "jupyter-lab.exe" : "jupyter-lab"));

/**
 * The environment in which Python finds our kernel and our settings and nothing of the user's own Jupyter:
 * what JupyterLab wants to remember goes to `state`, so that another Jupyter on the machine is left as it is.
 * @param {{ state?: string }} options
 * @returns {Record<string, string>}
 */
export function jupyterEnvironment({ state = path.join(root, ".gradus", "jupyter") } = {}) {
  return {
    JUPYTER_PATH: path.join(root, "jupyter"),
    JUPYTER_CONFIG_PATH: path.join(root, "jupyter", "config"),
    JUPYTER_CONFIG_DIR: path.join(state, "config"),
    JUPYTER_DATA_DIR: path.join(state, "data"),
    JUPYTER_RUNTIME_DIR: path.join(state, "runtime"),
    JUPYTERLAB_SETTINGS_DIR: path.join(state, "settings"),
    JUPYTERLAB_WORKSPACES_DIR: path.join(state, "workspaces"),
    IPYTHONDIR: path.join(state, "ipython"),
    PYDEVD_DISABLE_FILE_VALIDATION: "1",
  };
}

/**
 * What to run for a JupyterLab with the notebooks on this machine's own address, opened with the token alone.
 * The token travels in the environment: a command line can be read by every user of the machine.
 * @param {{ port: number, token: string, notebooks?: string, state?: string, args?: string[] }} options
 *   `notebooks`: the folder that is shown; `state`: where settings are kept; `args`: more arguments for JupyterLab
 * @returns {{ command: string, args: string[], env: Record<string, string> }} `env` goes on top of process.env
 */
export function labCommand({
  port,
  token,
  notebooks = path.join(root, "notebooks"),
  state,
  args = [],
}) {
  return {
    command: python,
    args: [
      "-m",
      "jupyterlab",
      "--no-browser",
      "--ServerApp.ip=127.0.0.1",
      `--ServerApp.port=${port}`,
      "--ServerApp.port_retries=0",
      `--ServerApp.root_dir=${notebooks}`,
      ...(process.getuid?.() === 0 ? ["--allow-root"] : []),
      ...args,
    ],
    env: { ...jupyterEnvironment({ state }), JUPYTER_TOKEN: token },
  };
}
