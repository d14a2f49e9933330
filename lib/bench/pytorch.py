"""PyTorch's side: `python pytorch.py THREADS`. Speaks as worker.ts does; eager, as it is mostly used."""

import json
import math
import os
import sys
import time

THREADS = int(sys.argv[1])
os.environ["OMP_NUM_THREADS"] = str(THREADS)

import torch  # noqa: E402
import torch.nn.functional as F  # noqa: E402

torch.set_num_threads(THREADS)


def hashes(series, count):
    """numbers.ts's, in 64 bits of which the lower 32 count."""
    mask = 0xFFFFFFFF
    x = (torch.arange(count, dtype=torch.int64) + series * 0x9E3779B9) & mask
    x = ((x ^ (x >> 16)) * 0x7FEB352D) & mask
    # Two numbers of 32 bits may need all 64; the sign does not reach the bits that count.
    x = ((x ^ (x >> 15)) * 0x846CA68B) & mask
    return x ^ (x >> 16)


def size_of(shape):
    return math.prod(shape)


def uniform(series, shape, bound=1.0):
    numbers = bound * (hashes(series, size_of(shape)).double() / 2**31 - 1)
    return numbers.float().reshape(shape)


def integers(series, shape, end):
    return (hashes(series, size_of(shape)).double() / 2**32 * end).long().reshape(shape)


def sample(out):
    flat = out.flatten()
    picked = [flat[int((i + 0.5) * len(flat) / 8)].item() for i in range(8)]
    return [*picked, flat.double().square().mean().sqrt().item()]


FUNCTIONS = {
    "add": lambda x, y: x + y,
    "exp": lambda x, y: x.exp(),
    "tanh": lambda x, y: x.tanh(),
    "gelu": lambda x, y: F.gelu(x),
    "softmax": lambda x, y: F.softmax(x, -1),
    "layernorm": lambda x, y: F.layer_norm(x, x.shape[-1:]),
}


class Plain:
    """A function of two tensors, without gradients."""

    def __init__(self, call, shape, bound):
        self.call, self.x, self.y = call, uniform(1, shape, bound), uniform(2, shape, bound)

    def run(self):
        self.out = self.call(self.x, self.y)

    def result(self):
        return sample(self.out)


def dense(p, name, x):
    return F.linear(x, p[f"{name}.weight"], p[f"{name}.bias"])


def mlp(p, x, _heads):
    return dense(p, "layers.2", dense(p, "layers.1", dense(p, "layers.0", x).relu()).relu())


def cnn(p, x, _heads):
    for name in ("0", "3"):
        x = F.conv2d(x, p[f"{name}.weight"], p[f"{name}.bias"], padding=2).relu()
        x = F.max_pool2d(x, 2)
    return dense(p, "9", dense(p, "7", x.flatten(1)).relu())


def batch_norm(p, name, x):
    mean, var = p[f"{name}.running_mean"], p[f"{name}.running_var"]
    return F.batch_norm(x, mean, var, p[f"{name}.weight"], p[f"{name}.bias"], training=True)


def block(p, name, x, stride):
    y = F.conv2d(x, p[f"{name}.conv1.weight"], stride=stride, padding=1)
    y = batch_norm(p, f"{name}.bn1", y).relu()
    y = batch_norm(p, f"{name}.bn2", F.conv2d(y, p[f"{name}.conv2.weight"], padding=1))
    if stride > 1:
        x = F.conv2d(x, p[f"{name}.downsample.0.weight"], stride=stride)
        x = batch_norm(p, f"{name}.downsample.1", x)
    return (y + x).relu()


def resnet(p, x, _heads):
    x = batch_norm(p, "bn1", F.conv2d(x, p["conv1.weight"], padding=1)).relu()
    for i, stride in ((1, 1), (2, 2), (3, 2)):
        x = block(p, f"layer{i}.0", x, stride)
    return dense(p, "fc", x.mean((2, 3)))


def linear(p, name, x):
    """Weights are [in, out], as GPT-2's. x [batch, time, in] -> [batch, time, out]"""
    rows = torch.addmm(p[f"{name}.bias"], x.flatten(0, 1), p[f"{name}.weight"])
    return rows.unflatten(0, x.shape[:2])


def layer_norm(p, name, x):
    return F.layer_norm(x, x.shape[-1:], p[f"{name}.weight"], p[f"{name}.bias"])


def gpt(p, ids, heads, caches=None):
    batch, time = ids.shape
    before = caches[0][0].shape[2] if caches and caches[0] else 0
    wte = p["transformer.wte.weight"]
    x = F.embedding(ids, wte) + p["transformer.wpe.weight"][before : before + time]
    layer = 0
    while (name := f"transformer.h.{layer}") + ".ln_1.weight" in p:
        qkv = linear(p, f"{name}.attn.c_attn", layer_norm(p, f"{name}.ln_1", x))
        q, k, v = (part.unflatten(2, (heads, -1)).transpose(1, 2) for part in qkv.chunk(3, 2))
        if caches:
            if caches[layer]:
                k, v = torch.cat([caches[layer][0], k], 2), torch.cat([caches[layer][1], v], 2)
            caches[layer] = (k, v)
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=time > 1)
        x = x + linear(p, f"{name}.attn.c_proj", mixed.transpose(1, 2).flatten(2))
        inner = linear(p, f"{name}.mlp.c_fc", layer_norm(p, f"{name}.ln_2", x))
        x = x + linear(p, f"{name}.mlp.c_proj", F.gelu(inner, approximate="tanh"))
        layer += 1
    return F.linear(layer_norm(p, "transformer.ln_f", x), wte).flatten(0, 1)


NETWORKS = {"mlp": mlp, "cnn": cnn, "resnet": resnet, "gpt": gpt}


def load(specs):
    p = {}
    for spec in specs:
        if "bound" in spec:
            start = uniform(spec["series"], spec["shape"], spec["bound"])
        else:
            start = torch.full(spec["shape"], float(spec["value"]))
        p[spec["name"]] = start
    return p


class Training:
    def __init__(self, work):
        self.forward, self.heads = NETWORKS[work["network"]], work["heads"]
        self.p = load(work["parameters"])
        for one in self.p.values():
            one.requires_grad_()
        self.adam = torch.optim.Adam(self.p.values(), lr=1e-3)
        self.p |= load(work["buffers"])
        self.batches = [self.batch(work, series) for series in work["batches"]]
        self.done = 0

    @staticmethod
    def batch(work, series):
        if work["network"] == "gpt":
            ids = integers(series, work["input"], work["classes"])
            return ids[:, :-1].contiguous(), ids[:, 1:].flatten()
        y = integers(series + 1, work["input"][:1], work["classes"])
        return uniform(series, work["input"]), y

    def run(self):
        x, y = self.batches[self.done % len(self.batches)]
        self.done += 1
        loss = F.cross_entropy(self.forward(self.p, x, self.heads), y)
        self.adam.zero_grad()
        loss.backward()
        self.adam.step()
        return loss.item()

    def result(self):
        return None


class Generation:
    def __init__(self, work):
        self.work, self.p = work, load(work["parameters"])
        self.layers = sum(one["name"].endswith("ln_1.weight") for one in work["parameters"])

    @torch.inference_mode()
    def run(self):
        work = self.work
        seen = integers(work["series"], [1, work["prompt"]], work["classes"])
        caches = [None] * self.layers
        self.ids = []
        while len(self.ids) < work["tokens"]:
            seen = gpt(self.p, seen, work["heads"], caches)[-1:].argmax(1, keepdim=True)
            self.ids.append(seen.item())

    def result(self):
        return self.ids


def prepare(work):
    if work["kind"] == "matmul":
        return Plain(torch.matmul, [work["size"], work["size"]], 1.0)
    if work["kind"] == "elementwise":
        return Plain(FUNCTIONS[work["function"]], work["shape"], 3.0)
    return (Training if work["kind"] == "training" else Generation)(work)


def peak_megabytes():
    try:
        import resource
    except ImportError:  # Windows
        return None
    unit = 1 if sys.platform == "darwin" else 1024
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20)


task = None


def answer(request):
    global task
    if request["do"] == "memory":
        return {"megabytes": peak_megabytes()}
    if request["do"] == "prepare":
        task = prepare(request["work"])
        return {}
    if request["do"] == "result":
        return {"result": task.result()}
    loss = None
    began = time.perf_counter()
    for _ in range(request["times"]):
        loss = task.run()
    return {"milliseconds": 1000 * (time.perf_counter() - began), "loss": loss}


def say(one):
    print(json.dumps(one), flush=True)


say({"version": f"PyTorch {torch.__version__}, threads: {torch.get_num_threads()}"})
for line in sys.stdin:
    try:
        say(answer(json.loads(line)))
    except Exception as error:  # whatever it is, the bench should show it
        say({"error": f"{type(error).__name__}: {error}"})
