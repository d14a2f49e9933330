"""A real kernel behind JSON lines: one request a line on standard input, one answer a line on standard output."""

import json
import queue
import subprocess
import sys
import threading
import time

from jupyter_client.manager import KernelManager

cwd = sys.argv[1]
manager = KernelManager(kernel_name="tslab")
# Node makes the output it inherits non-blocking, for this process too: long answers would be cut.
manager.start_kernel(cwd=cwd, stdout=subprocess.DEVNULL)
client = manager.client()
client.start_channels()
client.wait_for_ready(timeout=60)


def answer(value):
    print(json.dumps(value), flush=True)


def execute(code, interrupt_after=None, stop_on_error=True):
    """Runs code and gathers what it shows; with interrupt_after, interrupts that many seconds after it began."""
    began = time.monotonic()
    message = client.execute(code, stop_on_error=stop_on_error)
    if interrupt_after is not None:
        threading.Timer(interrupt_after, manager.interrupt_kernel).start()
    outputs = []
    while True:
        item = client.get_iopub_msg(timeout=60)
        if item["parent_header"].get("msg_id") != message:
            continue
        kind, content = item["msg_type"], item["content"]
        if kind == "status" and content["execution_state"] == "idle":
            break
        if kind != "status":
            outputs.append({"type": kind, "at": time.monotonic() - began, **content})
    reply = client.get_shell_msg(timeout=60)
    while reply["parent_header"].get("msg_id") != message:
        reply = client.get_shell_msg(timeout=60)
    return {"reply": reply["content"], "outputs": outputs, "seconds": time.monotonic() - began}


def execute_all(codes):
    """Sends all cells at once, as Run All does. Returns how each ended."""
    waiting = {client.execute(code): index for index, code in enumerate(codes)}
    ended = [None] * len(codes)
    while None in ended:
        reply = client.get_shell_msg(timeout=60)
        index = waiting.get(reply["parent_header"].get("msg_id"))
        if index is not None:
            ended[index] = reply["content"]["status"]
    return ended


def request(send, *arguments):
    message = send(*arguments)
    while True:
        reply = client.get_shell_msg(timeout=60)
        if reply["parent_header"].get("msg_id") == message:
            return reply["content"]


answer({"ready": True, "pid": manager.provisioner.pid})
try:
    for line in sys.stdin:
        order = json.loads(line)
        what = order.pop("do")
        try:
            if what == "execute":
                answer(execute(**order))
            elif what == "execute_all":
                answer(execute_all(**order))
            elif what == "complete":
                answer(request(client.complete, order["code"], order["position"]))
            elif what == "inspect":
                answer(request(client.inspect, order["code"], order["position"]))
            elif what == "shutdown":
                break
        except queue.Empty:
            answer({"error": "the kernel did not answer within a minute"})
finally:
    began = time.monotonic()
    client.stop_channels()
    manager.shutdown_kernel()
    answer({"closed": True, "seconds": time.monotonic() - began})
