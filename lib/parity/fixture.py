"""What the fixtures are written with: seeded numbers, and a file of arrays beside a file of cases.

Names of inputs and attributes are those of Gradus, so that the tests read them as they are.
"""

import json
import pathlib
import zlib
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from safetensors.numpy import save_file

FOLDER = pathlib.Path(__file__).parent / "fixtures"


def generator(*place):
    """Random numbers that depend on nothing but the place they are for: a new case moves no other."""
    return np.random.default_rng(zlib.crc32("/".join(map(str, place)).encode()))


@dataclass
class Input:
    """Numbers that are drawn when the case is written, and what is done to them before the op."""

    draw: object
    shape: tuple
    gradient: bool = True
    views: list = field(default_factory=list)
    # At a kink, a tie or the end of float32's range: small steps would not show the slope there.
    special: bool = False

    def view(self, *step):
        return replace(self, views=[*self.views, list(step)])

    def transpose(self, *axes):
        return self.view("transpose", *axes)

    def slice(self, axis, start, end, step=1):
        return self.view("slice", axis, start, end, step)

    def expand(self, *shape):
        return self.view("expand", *shape)

    def constant(self):
        """Without a gradient."""
        return replace(self, gradient=False)


def normal(*shape, scale=1.0, mean=0.0):
    return Input(lambda rng: rng.normal(mean, scale, shape), shape)


def uniform(low, high, *shape):
    return Input(lambda rng: rng.uniform(low, high, shape), shape)


def apart(*shape, gap=0.1):
    """No two equal, and none nearer than `gap`: for what has ties."""

    def draw(rng):
        size = int(np.prod(shape))
        places = rng.permutation(size) - size / 2
        return (gap * (places + rng.uniform(0.1, 0.4, size))).reshape(shape)

    return Input(draw, shape)


def integers(low, high, *shape):
    return Input(lambda rng: rng.integers(low, high, shape).astype(np.int32), shape, False)


def booleans(*shape):
    return Input(lambda rng: rng.random(shape) < 0.5, shape, False)


def keeping_one(*shape):
    """A mask that leaves every query something to look at."""

    def draw(rng):
        mask = rng.random(shape) < 0.6
        mask[..., 0] = True
        return mask

    return Input(draw, shape, False)


def values(numbers, dtype=np.float32, gradient=True):
    """Exactly these numbers."""
    array = np.array(numbers, dtype)
    differentiable = gradient and array.dtype == np.float32
    return Input(lambda rng: array, array.shape, differentiable, special=differentiable)


def stored(tensor):
    """As the fixture holds it: float32, int32 or bool."""
    array = tensor.detach().cpu().numpy()
    kinds = {"b": np.bool_, "f": np.float32}
    return np.array(array, kinds.get(array.dtype.kind, np.int32), order="C")


def loaded(array):
    """As PyTorch calculates with it: in double precision."""
    if array.dtype == np.float32:
        return torch.tensor(array, dtype=torch.float64)
    return torch.tensor(array, dtype=torch.bool if array.dtype == bool else torch.int64)


def as_stored(array):
    """Rounded to what the fixture can hold, before anything is calculated with it."""
    return array.astype(np.float32) if array.dtype.kind == "f" else array


def look(tensor, views):
    """Takes the steps that make an input non-contiguous."""
    for kind, *rest in views:
        if kind == "transpose":
            tensor = tensor.permute(*rest)
        elif kind == "slice":
            axis, start, end, step = rest
            tensor = tensor[(slice(None),) * axis + (slice(start, end, step),)]
        else:
            tensor = tensor.expand(*rest)
    return tensor


class Fixture:
    """One file of cases, and one of their arrays, which are named `case/part/name`."""

    def __init__(self, name):
        self.name = name
        self.arrays = {}
        self.cases = []

    def put(self, key, tensor):
        array = stored(tensor) if isinstance(tensor, torch.Tensor) else as_stored(tensor)
        if array.dtype == np.float32 and not np.isfinite(array).all():
            raise ValueError(f"{self.name}: {key} is not finite")
        assert key not in self.arrays, key
        self.arrays[key] = np.array(array, order="C")

    def save(self):
        FOLDER.mkdir(exist_ok=True)
        arrays, cases = (FOLDER / f"{self.name}.{kind}" for kind in ("safetensors", "json"))
        save_file(dict(sorted(self.arrays.items())), arrays)
        lines = ",\n".join(json.dumps(case) for case in self.cases)
        cases.write_text(f"[\n{lines}\n]\n")
        size = arrays.stat().st_size + cases.stat().st_size
        print(f"{self.name}: {len(self.cases)} cases, {size / 1000:.0f} kB")
