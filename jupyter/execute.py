"""Runs notebooks in the real kernel and says how it goes, one JSON line an event, on standard output.

Each argument is a notebook to run; what it shows is written back into the file. A notebook runs in the folder given
with --cwd. Events: {"event": "start" | "cell" | "done" | "failed", "notebook": path, ...}. After a failed cell the
notebook is left as it was. Exit code: 0 when all ran, 1 when a cell failed.
"""

import argparse
import asyncio
import json
import re
import subprocess
import sys

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

# What tslab prints when a promise fails or a timer throws after its cell has ended: no cell fails, but something did.
LATE = ("UnhandledPromiseRejection:", "UncaughtException:")


# A kernel whose port was taken before it could listen ends at once, and is started again with other ports.
STARTS = 3


def tell(event, notebook, **more):
    print(json.dumps({"event": event, "notebook": notebook, **more}), flush=True)


def clean(text):
    """Without the colors meant for a terminal."""
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


async def run(path, cwd, timeout):
    notebook = nbformat.read(path, as_version=4)
    total = sum(cell.cell_type == "code" for cell in notebook.cells)
    state = {"done": 0, "cell": None, "place": None}

    def cell_id():
        return state["cell"].id if state["cell"] else None

    def on_start(cell, cell_index):
        if cell.cell_type == "code":
            state["cell"] = cell
            tell("cell", path, cell=cell.id, done=state["done"], total=total)

    def on_executed(cell, cell_index, execute_reply):
        if cell.cell_type == "code":
            state["done"] += 1

    def on_error(cell, cell_index, execute_reply):
        state["place"] = execute_reply["content"].get("place")

    async def execute(starts):
        client = NotebookClient(
            notebook,
            kernel_name="tslab",
            resources={"metadata": {"path": cwd}},
            timeout=timeout,
            startup_timeout=60,
            record_timing=False,
            coalesce_streams=True,
            on_cell_start=on_start,
            on_cell_executed=on_executed,
            on_cell_error=on_error,
        )
        try:
            # What the kernel says outside of cells must not mix with the events.
            await client.async_execute(stdout=subprocess.DEVNULL)
        except RuntimeError:
            if starts == 1 or state["cell"]:
                raise
            await execute(starts - 1)

    tell("start", path, total=total)
    try:
        await execute(STARTS)
    except CellExecutionError as error:
        tell(
            "failed",
            path,
            cell=cell_id(),
            place=state["place"],
            name=error.ename,
            message=error.evalue,
            text=clean(error.traceback),
        )
        return False
    except CellTimeoutError:
        tell("failed", path, cell=cell_id(), name="TimeoutError", message=f"the cell ran longer than {timeout} s")
        return False
    except DeadKernelError:
        tell("failed", path, cell=cell_id(), name="DeadKernel", message="the kernel died while the cell ran")
        return False

    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            text = output.get("text", "") if output.output_type == "stream" else ""
            late = next((line for line in text.splitlines() if line.startswith(LATE)), None)
            if late:
                tell("failed", path, cell=cell.id, name="Unhandled", message=late, text=clean(text))
                return False
    nbformat.write(notebook, path)
    tell("done", path, total=total)
    return True


async def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notebooks", nargs="+")
    parser.add_argument("--cwd", required=True, help="the folder in which the kernel runs")
    parser.add_argument("--timeout", type=int, default=300, help="seconds that one cell may take (default 300)")
    options = parser.parse_args()
    results = [await run(path, options.cwd, options.timeout) for path in options.notebooks]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
