"""What every layer and every model is compared by: outputs, all gradients, ten losses of training."""

import numpy as np
import torch
import torch.nn.functional as F

from fixture import Fixture, as_stored, generator, loaded

OPTIMIZERS = {
    "SGD": lambda parameters: torch.optim.SGD(parameters, lr=0.02, momentum=0.9),
    "Adam": lambda parameters: torch.optim.Adam(parameters, lr=0.01),
}


def randomize(module, rng):
    """Numbers of a size with which signals neither die nor explode, the same on every machine."""
    for name, tensor in [*module.named_parameters(), *module.named_buffers()]:
        if tensor.dtype == torch.int64:
            continue
        shape = tuple(tensor.shape)
        if name.endswith("running_var"):
            numbers = rng.uniform(0.5, 2, shape)
        elif len(shape) > 1:
            numbers = rng.normal(size=shape) / np.sqrt(np.prod(shape[1:]))
        else:
            numbers = 0.2 * rng.normal(size=shape) + (1 if name.endswith("weight") else 0)
        with torch.no_grad():
            tensor.copy_(loaded(as_stored(numbers)))


class Networks:
    """Writes one file of cases, each a module with its weights."""

    def __init__(self, name):
        self.fixture = Fixture(name)
        self.count = {}

    def case(
        self,
        kind,
        module,
        inputs,
        arguments=None,
        training=True,
        call=None,
        targets=None,
        optimizer="Adam",
        steps=10,
    ):
        """
        `arguments` are what Gradus' constructor is given. `call` gives a list of outputs, of which
        the first is trained: toward `targets` by cross-entropy, or by mean squares toward random numbers.
        """
        number = self.count[kind] = self.count.get(kind, -1) + 1
        name = f"{kind}.{number}"
        rng = generator(self.fixture.name, name)
        put = lambda part, key, tensor: self.fixture.put(f"{name}/{part}/{key}", tensor)

        module = module.double().train(training)
        randomize(module, rng)
        for key, tensor in module.state_dict().items():
            put("state", key, tensor)
        leaves = {}
        for key, given in inputs.items():
            array = as_stored(given.draw(rng))
            put("in", key, array)
            leaves[key] = loaded(array).requires_grad_(given.gradient)

        def run():
            given = leaves if targets is None else {k: x for k, x in leaves.items() if k != targets}
            outputs = call(module, **given) if call else module(*given.values())
            return list(outputs) if isinstance(outputs, (tuple, list)) else [outputs]

        outputs = run()
        total = 0
        for i, output in enumerate(outputs):
            put("out", i, output)
            if output.requires_grad:
                upstream = as_stored(rng.normal(size=tuple(output.shape)))
                put("up", i, upstream)
                total = total + (output * loaded(upstream)).sum()
        total.backward()
        for key, parameter in module.named_parameters():
            put("grad", key, parameter.grad)
        for key, leaf in leaves.items():
            if leaf.grad is not None:
                put("gradin", key, leaf.grad)
        buffers = dict(module.named_buffers())
        if training:
            for key in module.state_dict():
                if key in buffers:
                    put("after", key, buffers[key])
        entry = {"name": name, "kind": kind, "arguments": arguments or {}, "training": training}
        entry["inputs"] = list(leaves)
        entry["outputs"] = len(outputs)

        parameters = list(module.parameters())
        if training and parameters:
            if targets is None:
                goal = as_stored(rng.normal(size=tuple(outputs[0].shape)))
                put("goal", 0, goal)
            descent = OPTIMIZERS[optimizer](parameters)
            losses = []
            for _ in range(steps):
                output = run()[0]
                if targets is None:
                    loss = F.mse_loss(output, loaded(goal))
                else:
                    loss = F.cross_entropy(
                        output.reshape(-1, output.shape[-1]), leaves[targets].reshape(-1)
                    )
                losses.append(float(f"{loss.item():.9g}"))
                descent.zero_grad()
                loss.backward()
                descent.step()
            entry["optimizer"] = optimizer
            entry["targets"] = targets
            entry["losses"] = losses
        self.fixture.cases.append(entry)

    def save(self):
        self.fixture.save()
