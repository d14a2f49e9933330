"""Every operation: what PyTorch calls it, and the configurations that are compared."""

import torch
import torch.nn.functional as F
from transformers.generation.logits_process import (
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

from fixture import (
    Fixture,
    apart,
    as_stored,
    booleans,
    generator,
    integers,
    keeping_one,
    loaded,
    look,
    normal,
    uniform,
    values,
)

# Beyond so many numbers in an input the library's fast kernels are meant, not a rule or a gradient.
LARGE = 256
REFERENCES = {}
CASES = []


def reference(*names):
    """PyTorch's way to say what Gradus calls by these names."""

    def remember(function):
        for name in names:
            REFERENCES[name] = function
        return function

    return remember


def case(op, inputs, **attributes):
    CASES.append((op, inputs, attributes))


def write():
    fixture = Fixture("ops")
    count = {}
    for op, inputs, attributes in CASES:
        number = count[op] = count.get(op, -1) + 1
        name = f"{op}.{number}"
        rng = generator(op, number)
        leaves = {}
        for key, given in inputs.items():
            array = as_stored(given.draw(rng))
            fixture.put(f"{name}/in/{key}", array)
            leaves[key] = loaded(array).requires_grad_(given.gradient and array.dtype.kind == "f")
        viewed = {key: look(leaf, inputs[key].views) for key, leaf in leaves.items()}
        outputs = REFERENCES[op](**viewed, **attributes)
        outputs = list(outputs) if isinstance(outputs, (tuple, list)) else [outputs]
        total = 0
        for i, output in enumerate(outputs):
            fixture.put(f"{name}/out/{i}", output)
            if output.requires_grad:
                upstream = as_stored(rng.normal(size=tuple(output.shape)))
                fixture.put(f"{name}/up/{i}", upstream)
                total = total + (output * loaded(upstream)).sum()
        if isinstance(total, torch.Tensor):
            total.backward()
        for key, leaf in leaves.items():
            if leaf.grad is not None:
                fixture.put(f"{name}/grad/{key}", leaf.grad)
        entry = {"name": name, "op": op, "inputs": list(inputs)}
        views = {key: given.views for key, given in inputs.items() if given.views}
        if views:
            entry["views"] = views
        if attributes:
            entry["attributes"] = attributes
        if any(given.special for given in inputs.values()):
            entry["special"] = True
        if any(leaf.numel() > LARGE for leaf in leaves.values()):
            entry["large"] = True
        entry["outputs"] = len(outputs)
        fixture.cases.append(entry)
    fixture.save()


# ---- one number at a time --------------------------------------------------------------------

POINTWISE = {
    "neg": torch.neg,
    "abs": torch.abs,
    "sign": torch.sign,
    "sqrt": torch.sqrt,
    "exp": torch.exp,
    "log": torch.log,
    "sin": torch.sin,
    "cos": torch.cos,
    "erf": torch.erf,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "relu": torch.relu,
    "silu": F.silu,
    "softplus": F.softplus,
    "clone": torch.clone,
    "verify": torch.clone,
}


def pointwise_cases(op, draw, **attributes):
    for x in [
        draw(),
        draw(7),
        draw(3, 4),
        draw(2, 1, 3),
        draw(0, 3),
        draw(4, 3).transpose(1, 0),
        draw(3, 8).slice(1, 1, 8, 3),
    ]:
        case(op, {"x": x}, **attributes)


for name, function in POINTWISE.items():
    REFERENCES[name] = lambda x, function=function: function(x)
    positive = name in ("sqrt", "log")
    pointwise_cases(name, (lambda *shape: uniform(0.1, 4, *shape)) if positive else normal)

for name in ("neg", "abs", "sign", "relu"):
    case(name, {"x": values([-2.0, 0.0, 3.0])})
for name in ("tanh", "sigmoid", "erf", "silu", "softplus"):
    case(name, {"x": values([-100.0, -30.0, -8.0, 0.0, 8.0, 15.0, 30.0, 100.0])})
case("exp", {"x": values([-120.0, -40.0, 0.0, 20.0, 40.0])})
case("log", {"x": values([1e-30, 1e-8, 1.0, 1e8, 1e30])})
case("sqrt", {"x": values([1e-12, 1e-4, 1e4, 1e12])})
case("sin", {"x": uniform(-30, 30, 6)})
case("cos", {"x": uniform(-30, 30, 6)})
case("erf", {"x": uniform(-4, 4, 12)})


@reference("leakyRelu")
def _(x, slope=0.01):
    return F.leaky_relu(x, slope)


pointwise_cases("leakyRelu", normal, slope=0.1)
case("leakyRelu", {"x": normal(5)})
case("leakyRelu", {"x": values([-2.0, 0.0, 3.0])}, slope=0.2)


@reference("gelu")
def _(x, approximate="none"):
    return F.gelu(x, approximate=approximate)


for form in ("none", "tanh"):
    pointwise_cases("gelu", normal, approximate=form)
    case("gelu", {"x": values([-50.0, -6.0, -3.0, 0.0, 3.0, 6.0, 50.0])}, approximate=form)


@reference("clamp")
def _(x, min=None, max=None):
    return torch.clamp(x, min, max)


pointwise_cases("clamp", normal, min=-0.5, max=0.75)
case("clamp", {"x": normal(3, 4)}, min=0.0)
case("clamp", {"x": normal(3, 4)}, max=0.0)
case("clamp", {"x": values([-2.0, -1.0, 0.0, 1.0, 2.0])}, min=-1.0, max=1.0)


@reference("to")
def _(x, dtype):
    return x.to({"float32": torch.float64, "int32": torch.int64, "bool": torch.bool}[dtype])


case("to", {"x": normal(2, 3)}, dtype="float32")
case("to", {"x": normal(2, 3, scale=4).constant()}, dtype="int32")
case("to", {"x": values([-1.5, 0.0, 0.5, 2.0]).constant()}, dtype="bool")
case("to", {"x": integers(-5, 6, 2, 3)}, dtype="float32")
case("to", {"x": booleans(4)}, dtype="float32")
case("to", {"x": booleans(0, 2)}, dtype="int32")
case("to", {"x": integers(-1, 2, 4, 3).transpose(1, 0)}, dtype="bool")

# ---- two tensors, number by number -----------------------------------------------------------

PAIRWISE = {
    "add": torch.add,
    "sub": torch.sub,
    "mul": torch.mul,
    "div": torch.div,
    "pow": torch.pow,
    "maximum": torch.maximum,
    "minimum": torch.minimum,
    "equal": torch.eq,
    "notEqual": torch.ne,
    "greater": torch.gt,
    "greaterEqual": torch.ge,
    "less": torch.lt,
    "lessEqual": torch.le,
}


def pairs(left, right):
    """Equal shapes, broadcasting in every way, empty and size-1 axes, views."""
    yield left(3, 4), right(3, 4)
    yield left(3, 4), right(4)
    yield left(2, 1, 3), right(4, 1)
    yield left(), right(2, 3)
    yield left(0, 3), right(3)
    yield left(1), right(2, 0)
    yield left(2, 3), right(3, 2).transpose(1, 0)
    yield left(3, 8).slice(1, 0, 8, 2), right(1, 4)
    yield left(1, 3).expand(2, 3), right(2, 1)


for name, function in PAIRWISE.items():
    REFERENCES[name] = lambda a, b=None, other=None, function=function: function(
        a, torch.tensor(float(other), dtype=torch.float64) if b is None else b
    )
    comparison = PAIRWISE[name] in (torch.eq, torch.ne, torch.gt, torch.ge, torch.lt, torch.le)
    left = right = normal
    if name == "div":
        right = lambda *shape: uniform(0.3, 3, *shape)
    if name == "pow":
        left = lambda *shape: uniform(0.2, 3, *shape)
    if comparison:
        left = right = lambda *shape: integers(-2, 3, *shape)
    for a, b in pairs(left, right):
        case(name, {"a": a, "b": b})
    if comparison:
        case(name, {"a": values([1.0, 2.0, 3.0]), "b": values([1.0, 2.5, 2.0])})
        case(name, {"a": values([0.5, 1.5, -1.0])}, other=0.5)
    elif name != "pow":
        case(name, {"a": left(2, 3)}, other=1.5)

case("div", {"a": normal(4), "b": uniform(-3, -0.3, 4)})
case("maximum", {"a": values([1.0, 2.0, 3.0]), "b": values([1.0, 5.0, 3.0])})
case("minimum", {"a": values([1.0, 2.0, 3.0]), "b": values([1.0, 5.0, 3.0])})
for exponent in (2, 3, 0.5, -1, -1.5, 0, 1):
    case("pow", {"a": uniform(0.2, 3, 5)}, other=exponent)
case("pow", {"a": values([-2.0, -0.5, 0.0, 1.0, 3.0])}, other=2)
case("pow", {"a": values([-2.0, -0.5, 1.0, 3.0])}, other=-3)
case("pow", {"a": values([-2.0, 0.0, 3.0])}, other=0)
case("pow", {"a": values([0.0, 0.0, 2.0]), "b": values([1.0, 2.0, 0.0])})


for name, function in {"logicalAnd": torch.logical_and, "logicalOr": torch.logical_or}.items():
    REFERENCES[name] = lambda a, b, function=function: function(a, b)
    for a, b in pairs(lambda *shape: integers(0, 2, *shape), lambda *shape: booleans(*shape)):
        case(name, {"a": a, "b": b})
for name, function in {"logicalNot": torch.logical_not, "isNaN": torch.isnan}.items():
    POINTWISE[name] = REFERENCES[name] = lambda x, function=function: function(x)
    pointwise_cases(name, lambda *shape: integers(-1, 2, *shape))
case("logicalNot", {"x": values([0.0, 0.5, -2.0], gradient=False)})


@reference("isNaN")
def _(x):
    # The fixtures hold finite numbers only; 0 / 0 is none.
    return torch.isnan(x / x)


@reference("where")
def _(condition, a, b=None, other=None):
    return torch.where(condition, a, torch.tensor(other, dtype=a.dtype) if b is None else b)


case("where", {"condition": booleans(3, 4), "a": normal(3, 4), "b": normal(3, 4)})
case("where", {"condition": booleans(4), "a": normal(3, 1), "b": normal()})
case("where", {"condition": booleans(2, 3, 1), "a": normal(3, 4), "b": normal(2, 1, 1)})
case("where", {"condition": booleans(0, 2), "a": normal(0, 2), "b": normal(2)})
case(
    "where",
    {
        "condition": booleans(4, 3).transpose(1, 0),
        "a": normal(4, 3).transpose(1, 0),
        "b": normal(3, 4),
    },
)
case("where", {"condition": booleans(2, 3), "a": normal(2, 3)}, other=-1.0)
case("where", {"condition": booleans(2, 3), "a": integers(-5, 5, 2, 3), "b": integers(-5, 5, 1, 3)})


@reference("maskedFill")
def _(x, mask, value):
    return x.masked_fill(mask, value)


case("maskedFill", {"x": normal(3, 4), "mask": booleans(3, 4)}, value=-1.5)
case("maskedFill", {"x": normal(2, 3, 4), "mask": booleans(3, 1)}, value=0)
case("maskedFill", {"x": normal(2, 3), "mask": booleans()}, value=2)
case("maskedFill", {"x": normal(0, 3), "mask": booleans(3)}, value=2)
case(
    "maskedFill",
    {"x": normal(4, 3).transpose(1, 0), "mask": booleans(4, 3).transpose(1, 0)},
    value=7,
)

# ---- reductions ------------------------------------------------------------------------------


def axes_of(x, axis):
    if axis is None:
        return tuple(range(x.dim()))
    return tuple(axis) if isinstance(axis, list) else (axis,)


def over(function):
    """A reduction that PyTorch gives a tuple of axes."""
    return lambda x, axis=None, keepDims=False, **rest: function(
        x, dim=axes_of(x, axis), keepdim=keepDims, **rest
    )


REFERENCES["sum"] = over(torch.sum)
REFERENCES["mean"] = over(torch.mean)
REFERENCES["var"] = over(torch.var)
REFERENCES["std"] = over(torch.std)
REFERENCES["logsumexp"] = over(torch.logsumexp)
REFERENCES["max"] = over(torch.amax)
REFERENCES["min"] = over(torch.amin)
REFERENCES["norm"] = over(
    lambda x, dim, keepdim, p=2: torch.linalg.vector_norm(x, p, dim=dim, keepdim=keepdim)
)


@reference("prod")
def _(x, axis=None, keepDims=False):
    for one in sorted((a % x.dim() for a in axes_of(x, axis)), reverse=True):
        x = x.prod(one, keepdim=True)
    if keepDims:
        return x
    gone = {a % max(x.dim(), 1) for a in axes_of(x, axis)}
    return x.reshape([size for i, size in enumerate(x.shape) if i not in gone])


for name in ("argmax", "argmin"):
    REFERENCES[name] = lambda x, axis=None, keepDims=False, name=name: getattr(torch, name)(
        x, axis, keepdim=keepDims
    )


def reduction_cases(op, draw=normal, several=True, **attributes):
    case(op, {"x": draw(3, 4)}, **attributes)
    case(op, {"x": draw(3, 4)}, axis=0, **attributes)
    case(op, {"x": draw(2, 3, 4)}, axis=-1, keepDims=True, **attributes)
    case(op, {"x": draw(2, 1, 4)}, axis=1, **attributes)
    case(op, {"x": draw(6)}, axis=0, **attributes)
    case(op, {"x": draw(0, 3)}, axis=1, **attributes)
    case(op, {"x": draw(4, 3).transpose(1, 0)}, axis=0, **attributes)
    case(op, {"x": draw(3, 8).slice(1, 1, 8, 2)}, axis=-2, **attributes)
    if several:
        case(op, {"x": draw(2, 3, 4)}, axis=[0, 2], **attributes)
        case(op, {"x": draw(2, 3, 2)}, axis=[-1, 0], keepDims=True, **attributes)


for name in ("sum", "mean", "logsumexp", "norm"):
    reduction_cases(name)
for name in ("max", "min"):
    reduction_cases(name, apart)
for name in ("any", "all"):
    REFERENCES[name] = lambda x, axis=None, keepDims=False, name=name: getattr(torch, name)(
        x, axes_of(x, axis), keepdim=keepDims
    )
    reduction_cases(name, lambda *shape: booleans(*shape))
    case(name, {"x": integers(0, 2, 2, 3)}, axis=0)
reduction_cases("prod", lambda *shape: uniform(0.5, 1.5, *shape))
for name in ("argmax", "argmin"):
    reduction_cases(name, lambda *shape: apart(*shape).constant(), several=False)


# One number has no spread to speak of: an axis of size 1 stands beside another.
for name in ("var", "std"):
    for correction in (0, 1):
        case(name, {"x": normal(3, 4)}, correction=correction)
        case(name, {"x": normal(3, 4)}, axis=0, correction=correction)
        case(name, {"x": normal(2, 3, 4)}, axis=-1, keepDims=True, correction=correction)
        case(name, {"x": normal(2, 1, 4)}, axis=[1, 2], correction=correction)
        case(name, {"x": normal(0, 3)}, axis=1, correction=correction)
        case(name, {"x": normal(4, 3).transpose(1, 0)}, axis=0, correction=correction)
        case(name, {"x": normal(3, 8, mean=10).slice(1, 1, 8, 2)}, axis=-2, correction=correction)
case("sum", {"x": normal(0, 3)}, axis=0)
case("sum", {"x": normal(0, 3)})
case("sum", {"x": normal()})
case("sum", {"x": integers(-5, 6, 3, 4)}, axis=1)
case("prod", {"x": normal(0, 3)}, axis=0)
case("prod", {"x": values([[2.0, 0.0, 3.0], [0.0, 0.0, 4.0], [1.0, 2.0, 5.0]])}, axis=1)
case("logsumexp", {"x": values([[1000.0, 1001.0], [-1000.0, -1002.0]])}, axis=1)
for p in (1, 3):
    case("norm", {"x": normal(3, 4)}, axis=1, p=p)
case("argmax", {"x": values([1.0, 3.0, 3.0, 2.0], gradient=False)}, axis=0)
case("argmin", {"x": values([2.0, 1.0, 1.0, 3.0], gradient=False)}, axis=0)


REFERENCES["cumsum"] = lambda x, axis: torch.cumsum(x, axis)
for x, axis in [
    (normal(5), 0),
    (normal(3, 4), 0),
    (normal(2, 3, 4), -2),
    (normal(2, 1, 3), 1),
    (normal(0, 3), 0),
    (normal(4, 3).transpose(1, 0), 1),
    (normal(3, 8).slice(1, 0, 8, 3), -1),
]:
    case("cumsum", {"x": x}, axis=axis)


REFERENCES["sort"] = lambda x, axis=-1, descending=False: tuple(
    torch.sort(x, dim=axis, descending=descending, stable=True)
)
REFERENCES["argsort"] = lambda x, axis=-1, descending=False: torch.argsort(
    x, dim=axis, descending=descending, stable=True
)
for x, axis, descending in [
    (apart(6), 0, False),
    (apart(3, 4), -1, True),
    (apart(3, 4), 0, False),
    (apart(2, 1, 3), 1, False),
    (apart(0, 3), 0, False),
    (apart(4, 3).transpose(1, 0), 1, True),
    (apart(3, 8).slice(1, 1, 8, 2), -2, False),
]:
    case("sort", {"x": x}, axis=axis, descending=descending)
    case("argsort", {"x": x.constant()}, axis=axis, descending=descending)
case("argsort", {"x": values([2.0, 1.0, 2.0, 1.0], gradient=False)}, axis=0, descending=False)

REFERENCES["topk"] = lambda x, k, axis=-1, largest=True: tuple(torch.topk(x, k, axis, largest))
for x, k, axis, largest in [
    (apart(6), 2, 0, True),
    (apart(3, 5), 3, -1, True),
    (apart(3, 4), 2, 0, True),
    (apart(2, 1, 3), 1, 1, True),
    (apart(0, 3), 2, 1, True),
    (apart(5, 3).transpose(1, 0), 2, 1, True),
    (apart(3, 8).slice(1, 1, 8, 2), 3, -2, True),
    (apart(4, 3), 4, 0, True),
    (apart(2, 5), 2, -1, False),
]:
    case("topk", {"x": x}, k=k, axis=axis, largest=largest)

# ---- shapes ----------------------------------------------------------------------------------

REFERENCES["reshape"] = lambda x, shape: x.reshape(shape)
for x, shape in [
    (normal(3, 4), [2, 6]),
    (normal(3, 4), [-1]),
    (normal(2, 3, 4), [4, -1, 2]),
    (normal(), [1, 1]),
    (normal(0, 3), [3, 0, 2]),
    (normal(4, 3).transpose(1, 0), [2, 6]),
    (normal(3, 8).slice(1, 0, 8, 2), [12]),
]:
    case("reshape", {"x": x}, shape=shape)

REFERENCES["flatten"] = lambda x: x.reshape(-1)
for x in [normal(3, 4), normal(), normal(2, 0), normal(1, 3, 1), normal(4, 3).transpose(1, 0)]:
    case("flatten", {"x": x})

REFERENCES["transpose"] = REFERENCES["permute"] = lambda x, axes: x.permute(
    axes or list(range(x.dim()))[::-1]
)
for x, axes in [
    (normal(3, 4), [1, 0]),
    (normal(2, 3, 4), [2, 0, 1]),
    (normal(2, 3, 4), [-1, 0, -2]),
    (normal(2, 1, 3, 2), [3, 1, 0, 2]),
    (normal(0, 3), [1, 0]),
    (normal(4, 3, 2).transpose(1, 0, 2), [2, 1, 0]),
    (normal(3, 8).slice(1, 0, 8, 3), [1, 0]),
    (normal(5), [0]),
]:
    case("transpose", {"x": x}, axes=axes)
    case("permute", {"x": x}, axes=axes)
case("transpose", {"x": normal(2, 3, 4)}, axes=[])

REFERENCES["squeeze"] = lambda x, axis=None: x.squeeze() if axis is None else x.squeeze(axis)
for x, axis in [
    (normal(3, 1, 4), 1),
    (normal(1, 3), -2),
    (normal(1, 3, 1), None),
    (normal(1, 0, 1), 0),
    (normal(3, 1, 2).transpose(1, 2, 0), 0),
    (normal(1, 1), None),
]:
    case("squeeze", {"x": x}, **({} if axis is None else {"axis": axis}))

REFERENCES["unsqueeze"] = lambda x, axis: x.unsqueeze(axis)
for x, axis in [
    (normal(3), 0),
    (normal(3, 4), -1),
    (normal(2, 3), 1),
    (normal(), 0),
    (normal(0, 2), 1),
    (normal(4, 3).transpose(1, 0), -2),
]:
    case("unsqueeze", {"x": x}, axis=axis)

REFERENCES["expand"] = lambda x, shape: x.expand(shape)
for x, shape in [
    (normal(3, 1), [3, 4]),
    (normal(3), [2, 3]),
    (normal(2, 1, 3), [2, 2, 4, 3]),
    (normal(), [2, 3]),
    (normal(1, 3), [0, 3]),
    (normal(1, 3).transpose(1, 0), [3, 2]),
    (normal(2, 6).slice(1, 0, 6, 6), [2, 5]),
]:
    case("expand", {"x": x}, shape=shape)

REFERENCES["sumTo"] = lambda x, shape: x.sum_to_size(shape)
for x, shape in [
    (normal(3, 4), [3, 1]),
    (normal(2, 3), [3]),
    (normal(2, 2, 4, 3), [2, 1, 3]),
    (normal(2, 3), []),
    (normal(0, 3), [1, 3]),
    (normal(2, 3).transpose(1, 0), [3, 1]),
]:
    case("sumTo", {"x": x}, shape=shape)


@reference("slice")
def _(x, axis, start, end=None, step=1):
    return look(x, [("slice", axis % x.dim(), start, end, step)])


for x, options in [
    (normal(6), {"axis": 0, "start": 1, "end": 4}),
    (normal(3, 4), {"axis": 1, "start": 1, "end": 4, "step": 2}),
    (normal(3, 7), {"axis": -1, "start": 0, "step": 3}),
    (normal(4, 3), {"axis": 0, "start": -3, "end": -1}),
    (normal(2, 1, 3), {"axis": 1, "start": 0, "end": 1}),
    (normal(2, 3), {"axis": 1, "start": 2, "end": 2}),
    (normal(0, 3), {"axis": 1, "start": 0, "end": 2}),
    (normal(4, 3).transpose(1, 0), {"axis": 0, "start": 1}),
    (normal(3, 8).slice(1, 1, 8, 2), {"axis": 1, "start": 1, "step": 2}),
]:
    case("slice", {"x": x}, **options)


@reference("unslice")
def _(x, axis, start, end, step, of):
    return torch.slice_scatter(x.new_zeros(of), x, axis, start, end, step)


for x, options in [
    (normal(3), {"axis": 0, "start": 1, "end": 4, "step": 1, "of": [6]}),
    (normal(3, 2), {"axis": 1, "start": 1, "end": 4, "step": 2, "of": [3, 4]}),
    (normal(2, 3), {"axis": 0, "start": 0, "end": 2, "step": 1, "of": [2, 3]}),
    (normal(2, 0), {"axis": 1, "start": 1, "end": 1, "step": 1, "of": [2, 3]}),
    (normal(3, 2).transpose(1, 0), {"axis": 1, "start": 0, "end": 7, "step": 3, "of": [2, 7]}),
    (normal(2, 1, 3), {"axis": 1, "start": 2, "end": 3, "step": 1, "of": [2, 4, 3]}),
]:
    case("unslice", {"x": x}, **options)

REFERENCES["select"] = lambda x, axis, index: x.select(axis, index)
for x, axis, index in [
    (normal(3, 4), 0, 1),
    (normal(2, 3, 4), -1, -2),
    (normal(5), 0, 3),
    (normal(2, 1, 3), 1, 0),
    (normal(0, 3), 1, 2),
    (normal(4, 3).transpose(1, 0), 0, -1),
]:
    case("select", {"x": x}, axis=axis, index=index)


@reference("take")
def _(x, indices, axis=0):
    axis %= x.dim()
    flat = x.index_select(axis, indices.reshape(-1))
    return flat.reshape([*x.shape[:axis], *indices.shape, *x.shape[axis + 1 :]])


for x, indices, axis in [
    (normal(5), integers(0, 5, 3), 0),
    (normal(4, 3), integers(0, 4, 6), 0),
    (normal(2, 3, 4), integers(0, 4, 2), -1),
    (normal(4, 3), integers(0, 4, 2, 3), 0),
    (normal(3, 1, 2), integers(0, 1, 2), 1),
    (normal(3, 2), integers(0, 3, 0), 0),
    (normal(4, 3).transpose(1, 0), integers(0, 3, 4), 0),
    (normal(3, 4), integers(0, 4), 1),
]:
    case("take", {"x": x, "indices": indices}, axis=axis)


@reference("indexAdd")
def _(x, indices, source, axis=0):
    axis %= x.dim()
    flat = source.reshape([*x.shape[:axis], indices.numel(), *x.shape[axis + 1 :]])
    return x.index_add(axis, indices.reshape(-1), flat)


for x, indices, source, axis in [
    (normal(5), integers(0, 5, 3), normal(3), 0),
    (normal(4, 3), integers(0, 4, 6), normal(6, 3), 0),
    (normal(2, 3, 4), integers(0, 4, 2), normal(2, 3, 2), -1),
    (normal(4, 3), integers(0, 4, 2, 3), normal(2, 3, 3), 0),
    (normal(3, 1, 2), integers(0, 1, 2), normal(3, 2, 2), 1),
    (normal(3, 2), integers(0, 3, 0), normal(0, 2), 0),
    (normal(4, 3).transpose(1, 0), integers(0, 3, 2), normal(4, 2).transpose(1, 0), 0),
]:
    case("indexAdd", {"x": x, "indices": indices, "source": source}, axis=axis)

REFERENCES["gather"] = lambda x, indices, axis: torch.gather(x, axis, indices)
REFERENCES["scatterAdd"] = lambda x, indices, source, axis: torch.scatter_add(
    x, axis, indices, source
)
for x, indices, axis in [
    (normal(5), integers(0, 5, 3), 0),
    (normal(4, 3), integers(0, 4, 6, 3), 0),
    (normal(2, 3, 4), integers(0, 4, 2, 3, 2), -1),
    (normal(4, 3), integers(0, 3, 2, 5), 1),
    (normal(3, 1, 2), integers(0, 1, 2, 2, 2), 1),
    (normal(3, 2), integers(0, 3, 0, 2), 0),
    (normal(4, 3).transpose(1, 0), integers(0, 3, 2, 4), 0),
    (normal(4, 3), integers(0, 4, 3, 2).transpose(1, 0), 0),
]:
    case("gather", {"x": x, "indices": indices}, axis=axis)
    shape = indices.shape if not indices.views else indices.shape[::-1]
    case("scatterAdd", {"x": x, "indices": indices, "source": normal(*shape)}, axis=axis)

REFERENCES["concat"] = lambda axis=0, **tensors: torch.cat(list(tensors.values()), axis)
REFERENCES["stack"] = lambda axis=0, **tensors: torch.stack(list(tensors.values()), axis)


def several(*tensors):
    return {f"t{i}": tensor for i, tensor in enumerate(tensors)}


for tensors, axis in [
    ([normal(2), normal(3)], 0),
    ([normal(2, 3), normal(1, 3), normal(4, 3)], 0),
    ([normal(2, 3), normal(2, 1)], -1),
    ([normal(2, 1, 3), normal(2, 2, 3)], 1),
    ([normal(2, 3), normal(0, 3)], 0),
    ([normal(3, 2).transpose(1, 0), normal(2, 6).slice(1, 0, 6, 3)], 1),
    ([normal(2, 2)], 0),
]:
    case("concat", several(*tensors), axis=axis)
for tensors, axis in [
    ([normal(3), normal(3)], 0),
    ([normal(2, 3), normal(2, 3), normal(2, 3)], 1),
    ([normal(2, 3), normal(2, 3)], -1),
    ([normal(), normal(), normal()], 0),
    ([normal(0, 2), normal(0, 2)], 1),
    ([normal(3, 2).transpose(1, 0), normal(2, 3)], 0),
]:
    case("stack", several(*tensors), axis=axis)

REFERENCES["split"] = lambda x, size, axis=0: torch.split(x, size, axis)
for x, size, axis in [
    (normal(6), 2, 0),
    (normal(5, 2), 2, 0),
    (normal(3, 6), [1, 2, 3], -1),
    (normal(2, 3, 4), [2, 2], 2),
    (normal(0, 4), 2, 1),
    (normal(3, 1), [1], 1),
    (normal(4, 3).transpose(1, 0), [1, 0, 2], 0),
]:
    case("split", {"x": x}, size=size, axis=axis)

REFERENCES["chunk"] = lambda x, count, axis=0: torch.chunk(x, count, axis)
for x, count, axis in [
    (normal(6), 3, 0),
    (normal(5, 2), 2, 0),
    (normal(3, 6), 4, -1),
    (normal(2, 1, 4), 2, 1),
    (normal(0, 4), 2, 1),
    (normal(4, 3).transpose(1, 0), 3, 0),
]:
    case("chunk", {"x": x}, count=count, axis=axis)


@reference("index")
def _(x, parts):
    return x[
        tuple(slice(None) if p is None else slice(*p) if isinstance(p, list) else p for p in parts)
    ]


for x, parts in [
    (normal(5), [2]),
    (normal(3, 4), [-1]),
    (normal(3, 4), [None, 1]),
    (normal(3, 4, 2), [[0, 2], -2, [0, None]]),
    (normal(4, 6), [[1, None, 2], [-4, -1]]),
    (normal(2, 1, 3), [None, 0, [0, 3, 2]]),
    (normal(0, 3), [None, [1, 2]]),
    (normal(3), []),
    (normal(4, 3).transpose(1, 0), [1, [0, 4, 3]]),
]:
    case("index", {"x": x}, parts=parts)

REFERENCES["swapAxes"] = lambda x, a, b: x.swapaxes(a, b)
for x, a, b in [
    (normal(3, 4), 0, 1),
    (normal(2, 3, 4), -1, 0),
    (normal(2, 3, 4), 1, -1),
    (normal(2, 1, 3), 1, 1),
    (normal(0, 3), 0, 1),
    (normal(4, 3).transpose(1, 0), 0, 1),
]:
    case("swapAxes", {"x": x}, a=a, b=b)


@reference("pad")
def _(x, padding, value=0.0):
    return F.pad(x, [n for pair in reversed(padding) for n in pair], value=value)


for x, padding, value in [
    (normal(4), [[1, 2]], 0.0),
    (normal(2, 3), [[1, 0], [0, 2]], 0.0),
    (normal(2, 3), [[0, 0], [2, 1]], -1.5),
    (normal(1, 2, 3, 2), [[0, 0], [0, 0], [1, 1], [2, 2]], 0.0),
    (normal(0, 2), [[1, 1], [0, 1]], 2.0),
    (normal(3, 2).transpose(1, 0), [[1, 1], [1, 1]], 0.0),
]:
    case("pad", {"x": x}, padding=padding, value=value)

REFERENCES["flip"] = lambda x, axis: torch.flip(x, [axis] if isinstance(axis, int) else axis)
for x, axis in [
    (normal(5), 0),
    (normal(3, 4), -1),
    (normal(2, 3, 4), [0, 2]),
    (normal(2, 1, 3), 1),
    (normal(0, 3), 0),
    (normal(4, 3).transpose(1, 0), 0),
    (normal(3, 8).slice(1, 0, 8, 3), 1),
]:
    case("flip", {"x": x}, axis=axis)

for name in ("tril", "triu"):
    REFERENCES[name] = lambda x, diagonal=0, name=name: getattr(torch, name)(x, diagonal)
    for x, diagonal in [
        (normal(3, 3), 0),
        (normal(3, 5), 1),
        (normal(4, 2), -1),
        (normal(2, 3, 3), 0),
        (normal(1, 1), 0),
        (normal(0, 3), 0),
        (normal(4, 3).transpose(1, 0), -2),
    ]:
        case(name, {"x": x}, diagonal=diagonal)

# ---- products --------------------------------------------------------------------------------

REFERENCES["matmul"] = lambda a, b: torch.matmul(a, b)
for a, b in [
    (normal(2, 3), normal(3, 4)),
    (normal(3), normal(3)),
    (normal(2, 3), normal(3)),
    (normal(3), normal(3, 2)),
    (normal(2, 2, 3), normal(3, 2)),
    (normal(2, 1, 2, 3), normal(3, 3, 2)),
    (normal(2, 3), normal(2, 3, 4)),
    (normal(3), normal(2, 3, 2)),
    (normal(2, 4, 3), normal(3)),
    (normal(0, 3), normal(3, 2)),
    (normal(2, 0), normal(0, 3)),
    (normal(3, 2).transpose(1, 0), normal(4, 3).transpose(1, 0)),
    (normal(2, 6).slice(1, 0, 6, 2), normal(2, 3, 1).transpose(0, 2, 1).transpose(0, 2, 1)),
    (normal(1, 1), normal(1, 1)),
]:
    case("matmul", {"a": a, "b": b})

for a, b in [
    (normal(24, 20), normal(20, 28)),
    (normal(20, 24).transpose(1, 0), normal(28, 20).transpose(1, 0)),
    (normal(2, 17, 19), normal(19, 23)),
    (normal(2, 1, 16, 13), normal(3, 13, 21)),
]:
    case("matmul", {"a": a, "b": b})

REFERENCES["dot"] = lambda a, b: torch.dot(a, b)
for a, b in [
    (normal(3), normal(3)),
    (normal(1), normal(1)),
    (normal(0), normal(0)),
    (normal(9).slice(0, 0, 9, 2), normal(5)),
    (normal(20), normal(20)),
]:
    case("dot", {"a": a, "b": b})

REFERENCES["einsum"] = lambda equation, **tensors: torch.einsum(equation, *tensors.values())
for equation, *tensors in [
    ("ij,jk->ik", normal(2, 3), normal(3, 4)),
    ("ij,jk", normal(2, 3), normal(3, 4)),
    ("ji,kj->ik", normal(3, 2), normal(4, 3)),
    ("bij,bjk->bik", normal(2, 2, 3), normal(2, 3, 2)),
    ("bhqd,bhkd->bhqk", normal(2, 2, 3, 2), normal(2, 2, 4, 2)),
    ("bqk,bkhd->bhqd", normal(2, 3, 2), normal(2, 2, 2, 2)),
    ("...ij,...jk->...ik", normal(2, 1, 2, 3), normal(3, 3, 2)),
    ("...i->...", normal(2, 3, 4)),
    ("ij->ji", normal(2, 3)),
    ("ij->", normal(2, 3)),
    ("ij->j", normal(2, 3)),
    ("ijk->ki", normal(2, 3, 4)),
    ("ii->i", normal(3, 3)),
    ("ii", normal(3, 3)),
    ("iij->ji", normal(2, 2, 3)),
    ("i,i->", normal(4), normal(4)),
    ("i,j->ij", normal(2), normal(3)),
    ("ij,ij->i", normal(2, 3), normal(2, 3)),
    ("ij,kj->ik", normal(2, 6).slice(1, 0, 6, 2), normal(3, 4).transpose(1, 0)),
    ("ij,j,k->ik", normal(2, 3), normal(3), normal(2)),
    ("ij,jk,kl->il", normal(2, 3), normal(3, 2), normal(2, 3)),
    ("ij,jk->ik", normal(0, 3), normal(3, 2)),
    ("ij,jk->ik", normal(2, 0), normal(0, 3)),
    ("i,ij->j", normal(1), normal(1, 3)),
    ("bi,oik,bk->bo", normal(2, 3), normal(4, 3, 2), normal(2, 2)),
]:
    case("einsum", several(*tensors), equation=equation)

REFERENCES["linear"] = lambda x, weight, bias=None: F.linear(x, weight, bias)
for x, weight, bias in [
    (normal(3, 4), normal(2, 4), normal(2)),
    (normal(3, 4), normal(2, 4), None),
    (normal(2, 3, 4), normal(5, 4), normal(5)),
    (normal(4), normal(3, 4), normal(3)),
    (normal(0, 4), normal(2, 4), normal(2)),
    (normal(2, 1, 1), normal(1, 1), normal(1)),
    (normal(4, 3).transpose(1, 0), normal(4, 2).transpose(1, 0), None),
]:
    case("linear", {"x": x, "weight": weight, **({"bias": bias} if bias else {})})

# ---- convolution and pooling -----------------------------------------------------------------


def conv(function):
    return lambda x, weight, bias=None, **options: function(x, weight, bias, **options)


REFERENCES["conv2dWeight"] = lambda x, y, kernelSize, **options: torch.nn.grad.conv2d_weight(
    x, [y.shape[1], x.shape[1] // options["groups"], *kernelSize], y, **options
)
REFERENCES["conv1d"] = conv(F.conv1d)
REFERENCES["conv2d"] = conv(F.conv2d)


@reference("convTranspose2d")
def _(x, weight, bias=None, outputPadding=0, **options):
    return F.conv_transpose2d(x, weight, bias, output_padding=outputPadding, **options)


def conv_case(op, x, weight, bias=None, **options):
    case(op, {"x": x, "weight": weight, **({"bias": bias} if bias else {})}, **options)


for x, weight, bias, options in [
    (normal(2, 3, 6), normal(4, 3, 3), normal(4), {}),
    (normal(1, 2, 7), normal(3, 2, 3), None, {"stride": 2, "padding": 1}),
    (normal(2, 2, 8), normal(2, 2, 3), normal(2), {"dilation": 2, "padding": 2}),
    (normal(1, 4, 5), normal(6, 2, 2), normal(6), {"groups": 2}),
    (normal(2, 3, 4), normal(3, 1, 3), None, {"groups": 3, "padding": 1}),
    (normal(2, 1, 1), normal(2, 1, 1), normal(2), {}),
    (normal(0, 2, 4), normal(2, 2, 3), normal(2), {}),
    (normal(2, 6, 3).transpose(0, 2, 1), normal(2, 3, 2), None, {}),
    (
        normal(2, 2, 9).slice(2, 0, 9, 2),
        normal(3, 2, 4).slice(2, 0, 4, 2),
        normal(3),
        {"padding": 1},
    ),
]:
    conv_case("conv1d", x, weight, bias, **options)

for x, weight, bias, options in [
    (normal(2, 2, 4, 4), normal(3, 2, 3, 3), normal(3), {}),
    (normal(1, 2, 5, 5), normal(2, 2, 3, 3), None, {"stride": 2, "padding": 1}),
    (normal(1, 2, 6, 5), normal(2, 2, 2, 3), normal(2), {"stride": [2, 1], "padding": [0, 1]}),
    (normal(1, 1, 6, 6), normal(2, 1, 3, 3), normal(2), {"dilation": 2}),
    (
        normal(1, 1, 6, 7),
        normal(2, 1, 3, 2),
        None,
        {"dilation": [1, 3], "padding": [2, 1], "stride": 2},
    ),
    (normal(1, 4, 4, 4), normal(4, 2, 2, 2), normal(4), {"groups": 2}),
    (normal(2, 3, 3, 3), normal(6, 1, 3, 3), None, {"groups": 3, "padding": 1}),
    (normal(2, 3, 3, 2), normal(4, 3, 1, 1), normal(4), {}),
    (normal(2, 1, 1, 1), normal(1, 1, 1, 1), None, {}),
    (normal(0, 2, 4, 4), normal(2, 2, 3, 3), normal(2), {}),
    (normal(1, 4, 3, 2).transpose(0, 3, 1, 2), normal(2, 2, 2, 2), None, {}),
    (
        normal(1, 1, 4, 9).slice(3, 1, 9, 2),
        normal(2, 1, 3, 2).transpose(0, 1, 3, 2),
        normal(2),
        {"padding": 1},
    ),
    (normal(1, 1, 5, 5), normal(1, 1, 2, 2), None, {"stride": 3}),
]:
    conv_case("conv2d", x, weight, bias, **options)

for x, weight, bias, options in [
    (normal(2, 2, 3, 3), normal(2, 3, 3, 3), normal(3), {}),
    (normal(1, 2, 3, 3), normal(2, 2, 3, 3), None, {"stride": 2, "padding": 1}),
    (
        normal(1, 2, 3, 3),
        normal(2, 2, 3, 3),
        normal(2),
        {"stride": 2, "padding": 1, "outputPadding": 1},
    ),
    (
        normal(1, 1, 3, 2),
        normal(1, 2, 2, 3),
        normal(2),
        {"stride": [2, 3], "padding": [0, 1], "outputPadding": [1, 2]},
    ),
    (normal(1, 1, 3, 3), normal(1, 2, 2, 2), None, {"dilation": 2}),
    (normal(1, 4, 3, 3), normal(4, 2, 2, 2), normal(4), {"groups": 2}),
    (
        normal(1, 2, 2, 2),
        normal(2, 1, 3, 3),
        None,
        {"groups": 2, "stride": 2, "dilation": [1, 2], "padding": 1, "outputPadding": 1},
    ),
    (normal(2, 1, 1, 1), normal(1, 1, 2, 2), normal(1), {}),
    (normal(0, 2, 3, 3), normal(2, 2, 2, 2), normal(2), {}),
    (normal(1, 3, 3, 2).transpose(0, 3, 1, 2), normal(2, 2, 2, 2), None, {}),
    (
        normal(1, 1, 3, 6).slice(3, 0, 6, 2),
        normal(1, 2, 2, 2).transpose(0, 1, 3, 2),
        normal(2),
        {"stride": 3},
    ),
]:
    conv_case("convTranspose2d", x, weight, bias, **options)

for x, weight, options in [
    (normal(2, 3, 9, 10), normal(8, 3, 3, 3), {"padding": 1}),
    (normal(1, 4, 13, 12), normal(6, 4, 3, 2), {"stride": [2, 1], "padding": [1, 0]}),
    (normal(1, 4, 11, 11), normal(8, 2, 3, 3), {"groups": 2, "dilation": 2, "padding": 2}),
    (normal(2, 3, 12, 12), normal(7, 3, 1, 1), {}),
    (normal(1, 3, 17, 17), normal(5, 3, 5, 5), {"stride": 3, "padding": 2}),
]:
    case("conv2d", {"x": x, "weight": weight, "bias": normal(weight.shape[0])}, **options)
for x, weight, options in [
    (normal(1, 6, 8, 8), normal(6, 4, 3, 3), {"stride": 2, "padding": 1, "outputPadding": 1}),
    (normal(2, 4, 7, 9), normal(4, 5, 4, 4), {"stride": 2, "padding": 1}),
    (normal(1, 4, 9, 9), normal(4, 3, 3, 3), {"groups": 2, "dilation": [1, 2]}),
]:
    channels = weight.shape[1] * options.get("groups", 1)
    case("convTranspose2d", {"x": x, "weight": weight, "bias": normal(channels)}, **options)
case("conv1d", {"x": normal(2, 4, 70), "weight": normal(6, 4, 5), "bias": normal(6)}, padding=2)

plain = {"stride": [1, 1], "padding": [0, 0], "dilation": [1, 1], "groups": 1}
for x, y, options in [
    (normal(2, 2, 4, 4), normal(2, 3, 2, 2), {"kernelSize": [3, 3]}),
    (
        normal(1, 2, 5, 5),
        normal(1, 2, 3, 3),
        {"kernelSize": [3, 3], "stride": [2, 2], "padding": [1, 1]},
    ),
    (normal(1, 4, 4, 4), normal(1, 4, 3, 3), {"kernelSize": [2, 2], "groups": 2}),
    (normal(1, 1, 6, 6), normal(1, 2, 2, 4), {"kernelSize": [3, 2], "dilation": [2, 2]}),
    (normal(2, 1, 1, 1), normal(2, 1, 1, 1), {"kernelSize": [1, 1]}),
    (normal(1, 4, 3, 2).transpose(0, 3, 1, 2), normal(1, 3, 3, 2), {"kernelSize": [2, 2]}),
]:
    case("conv2dWeight", {"x": x, "y": y}, **{**plain, **options})


def pool(function):
    return lambda x, kernelSize, stride=None, padding=0: function(x, kernelSize, stride, padding)


for name, function in {
    "maxPool1d": F.max_pool1d,
    "maxPool2d": F.max_pool2d,
    "avgPool1d": F.avg_pool1d,
    "avgPool2d": F.avg_pool2d,
}.items():
    REFERENCES[name] = pool(function)
    draw = apart if name.startswith("max") else normal
    flat = name.endswith("1d")
    for x, options in (
        [
            (draw(2, 3, 6), {"kernelSize": 2}),
            (draw(1, 2, 7), {"kernelSize": 3, "stride": 2, "padding": 1}),
            (draw(2, 2, 5), {"kernelSize": 2, "stride": 1}),
            (draw(1, 1, 1), {"kernelSize": 1}),
            (draw(0, 2, 4), {"kernelSize": 2}),
            (draw(2, 6, 3).transpose(0, 2, 1), {"kernelSize": 3, "stride": 3}),
            (draw(1, 2, 9).slice(2, 0, 9, 2), {"kernelSize": 2}),
        ]
        if flat
        else [
            (draw(2, 2, 4, 4), {"kernelSize": 2}),
            (draw(1, 2, 5, 5), {"kernelSize": 3, "stride": 2, "padding": 1}),
            (draw(1, 2, 4, 5), {"kernelSize": [2, 3], "stride": [1, 2], "padding": [1, 0]}),
            (draw(1, 1, 5, 5), {"kernelSize": 2, "stride": 1}),
            (draw(2, 1, 1, 1), {"kernelSize": 1}),
            (draw(0, 2, 4, 4), {"kernelSize": 2}),
            (draw(1, 4, 4, 2).transpose(0, 3, 1, 2), {"kernelSize": 2}),
            (draw(1, 1, 4, 9).slice(3, 0, 9, 2), {"kernelSize": 2, "stride": 2}),
            (draw(1, 1, 5, 7), {"kernelSize": 2, "stride": 3}),
        ]
    ):
        case(name, {"x": x}, **options)

REFERENCES["maxPool2dPlaces"] = lambda x, kernelSize, stride, padding: F.max_pool2d(
    x, kernelSize, stride, padding, return_indices=True
)[1]


@reference("maxUnpool2d")
def _(g, x, kernelSize, stride, padding):
    """The gradient of max_pool2d, which is linear in g."""
    image = x.detach().requires_grad_()
    pooled = F.max_pool2d(image, kernelSize, stride, padding)
    return torch.autograd.grad(pooled, image, g, create_graph=True)[0]


@reference("avgUnpool2d")
def _(x, kernelSize, stride, padding, of):
    """avg_pool2d turned around: its gradient, which is linear."""
    image = x.new_zeros(of, requires_grad=True)
    pooled = F.avg_pool2d(image, kernelSize, stride, padding)
    return torch.autograd.grad(pooled, image, x, create_graph=True)[0]


for shape, kernelSize, stride, padding in [
    ((2, 2, 4, 4), 2, 2, 0),
    ((1, 2, 5, 5), 3, 2, 1),
    ((1, 1, 5, 5), 2, 1, 0),
    ((2, 1, 1, 1), 1, 1, 0),
    ((0, 2, 4, 4), 2, 2, 0),
    ((1, 2, 5, 7), 2, 3, 0),
]:
    options = {
        key: [size, size]
        for key, size in zip(("kernelSize", "stride", "padding"), (kernelSize, stride, padding))
    }
    case("maxPool2dPlaces", {"x": apart(*shape).constant()}, **options)
    pooled = [(size + 2 * padding - kernelSize) // stride + 1 for size in shape[2:]]
    case("avgUnpool2d", {"x": normal(*shape[:2], *pooled)}, **options, of=list(shape))
    given = {"g": normal(*shape[:2], *pooled), "x": apart(*shape).constant()}
    case("maxUnpool2d", given, **options)
case(
    "maxPool2dPlaces",
    {"x": apart(1, 4, 4, 2).transpose(0, 3, 1, 2).constant()},
    kernelSize=[2, 2],
    stride=[1, 2],
    padding=[0, 1],
)
case(
    "avgUnpool2d",
    {"x": normal(1, 2, 3, 2).transpose(0, 3, 1, 2)},
    kernelSize=[2, 2],
    stride=[2, 2],
    padding=[0, 0],
    of=[1, 2, 4, 6],
)

for name, function in {
    "adaptiveAvgPool1d": F.adaptive_avg_pool1d,
    "adaptiveAvgPool2d": F.adaptive_avg_pool2d,
    "adaptiveMaxPool1d": F.adaptive_max_pool1d,
    "adaptiveMaxPool2d": F.adaptive_max_pool2d,
}.items():
    REFERENCES[name] = lambda x, outputSize, function=function: function(x, outputSize)
    draw = apart if "Max" in name else normal
    flat = name.endswith("1d")
    for x, size in (
        [
            (draw(2, 3, 6), 3),
            (draw(1, 2, 7), 3),
            (draw(2, 2, 5), 1),
            (draw(1, 1, 1), 1),
            (draw(1, 2, 3), 5),
            (draw(2, 6, 3).transpose(0, 2, 1), 4),
        ]
        if flat
        else [
            (draw(2, 2, 4, 4), 2),
            (draw(1, 2, 5, 7), [3, 2]),
            (draw(2, 3, 3, 4), 1),
            (draw(1, 1, 1, 1), 1),
            (draw(1, 2, 2, 3), [4, 3]),
            (draw(1, 5, 4, 2).transpose(0, 3, 1, 2), [2, 3]),
            (draw(1, 1, 4, 9).slice(3, 0, 9, 2), [3, 3]),
        ]
    ):
        case(name, {"x": x}, outputSize=size)


@reference("upsample")
def _(x, mode="nearest", size=None, scaleFactor=None):
    return F.interpolate(x, size=size, scale_factor=scaleFactor, mode=mode)


for mode in ("nearest", "bilinear"):
    for x, options in [
        (normal(2, 2, 2, 3), {"scaleFactor": 2}),
        (normal(1, 1, 3, 3), {"scaleFactor": 3}),
        (normal(1, 2, 3, 4), {"size": [5, 7]}),
        (normal(1, 1, 5, 4), {"size": [3, 2]}),
        (normal(2, 1, 1, 1), {"size": [2, 3]}),
        (normal(1, 3, 2, 2).transpose(0, 3, 1, 2), {"scaleFactor": 2}),
        (normal(1, 1, 2, 6).slice(3, 0, 6, 2), {"scaleFactor": 2}),
    ]:
        case("upsample", {"x": x}, mode=mode, **options)

# ---- embedding, normalization, attention -----------------------------------------------------

REFERENCES["embedding"] = lambda ids, weight: F.embedding(ids, weight)
for ids, weight in [
    (integers(0, 5, 3), normal(5, 4)),
    (integers(0, 5, 2, 3), normal(5, 2)),
    (integers(0, 3), normal(3, 4)),
    (integers(0, 3, 0), normal(3, 2)),
    (integers(0, 1, 2, 2), normal(1, 3)),
    (integers(0, 3, 4, 2).transpose(1, 0), normal(4, 3).transpose(1, 0)),
]:
    case("embedding", {"ids": ids, "weight": weight})

REFERENCES["oneHot"] = lambda ids, classes: F.one_hot(ids, classes).to(torch.float64)
for ids, classes in [
    (integers(0, 5, 3), 5),
    (integers(0, 4, 2, 3), 4),
    (integers(0, 3), 3),
    (integers(0, 3, 0), 3),
    (integers(0, 1, 4), 1),
    (integers(0, 3, 4, 2).transpose(1, 0), 6),
]:
    case("oneHot", {"ids": ids}, classes=classes)

for name in ("softmax", "logSoftmax"):
    function = {"softmax": F.softmax, "logSoftmax": F.log_softmax}[name]
    REFERENCES[name] = lambda x, axis, function=function: function(x, axis)
    for x, axis in [
        (normal(5), 0),
        (normal(3, 4), -1),
        (normal(3, 4), 0),
        (normal(2, 1, 3), 1),
        (normal(0, 3), 1),
        (normal(2, 3, 4, scale=5), -2),
        (normal(4, 3).transpose(1, 0), 1),
        (normal(3, 8).slice(1, 0, 8, 3), -1),
        (values([[1000.0, 1001.0, 990.0], [-1000.0, -1003.0, -999.0]]), 1),
    ]:
        case(name, {"x": x}, axis=axis)


@reference("layerNorm")
def _(x, weight=None, bias=None, eps=1e-5):
    shape = weight.shape if weight is not None else x.shape[-1:]
    return F.layer_norm(x, shape, weight, bias, eps)


for x, shape, affine, options in [
    (normal(2, 4), [4], True, {}),
    (normal(2, 3, 4, mean=3), [4], True, {}),
    (normal(3, 5), [5], False, {}),
    (normal(2, 3, 2), [3, 2], True, {}),
    (normal(0, 4), [4], True, {}),
    (normal(2, 1, 3), [3], False, {"eps": 1e-2}),
    (normal(4, 3).transpose(1, 0), [4], True, {"eps": 1e-6}),
    (normal(3, 8).slice(1, 0, 8, 2), [4], True, {}),
]:
    scale = {"weight": normal(*shape, mean=1, scale=0.3), "bias": normal(*shape)} if affine else {}
    case("layerNorm", {"x": x, **scale}, **options)


@reference("rmsNorm")
def _(x, weight=None, eps=1e-6):
    return F.rms_norm(x, x.shape[-1:], weight, eps)


for x, affine, options in [
    (normal(2, 4), True, {"eps": 1e-6}),
    (normal(2, 3, 4, mean=3), True, {"eps": 1e-5}),
    (normal(3, 5), False, {"eps": 1e-5}),
    (normal(0, 4), True, {"eps": 1e-5}),
    (normal(2, 1, 3), False, {"eps": 1e-2}),
    (normal(4, 3).transpose(1, 0), True, {"eps": 1e-6}),
    (normal(3, 8).slice(1, 0, 8, 2), True, {"eps": 1e-5}),
]:
    width = 4 if x.views else x.shape[-1]
    scale = {"weight": normal(width, mean=1, scale=0.3)} if affine else {}
    case("rmsNorm", {"x": x, **scale}, **options)

REFERENCES["groupNorm"] = lambda x, groups, weight=None, bias=None, eps=1e-5: F.group_norm(
    x, groups, weight, bias, eps
)
for x, groups, affine, options in [
    (normal(2, 4, 3), 2, True, {}),
    (normal(2, 4, 2, 3), 4, True, {}),
    (normal(1, 6, 2, 2), 3, False, {}),
    (normal(3, 4), 1, True, {}),
    (normal(0, 4, 2), 2, True, {}),
    (normal(2, 4, 3, 1), 2, False, {"eps": 1e-2}),
    (normal(2, 3, 4).transpose(0, 2, 1), 2, True, {}),
]:
    scale = {"weight": normal(4, mean=1, scale=0.3), "bias": normal(4)} if affine else {}
    case("groupNorm", {"x": x, **scale}, groups=groups, **options)


@reference("batchNorm")
def _(
    x,
    runningMean=None,
    runningVar=None,
    weight=None,
    bias=None,
    training=False,
    momentum=0.1,
    eps=1e-5,
):
    mean, var = (None if t is None else t.clone() for t in (runningMean, runningVar))
    y = F.batch_norm(x, mean, var, weight, bias, training, momentum, eps)
    return [y] if mean is None else [y, mean, var]


for training in (True, False):
    for x, channels, affine, options in [
        (normal(4, 3), 3, True, {}),
        (normal(3, 2, 4), 2, True, {"momentum": 0.3}),
        (normal(2, 2, 2, 3, mean=2), 2, True, {}),
        (normal(5, 3), 3, False, {"eps": 1e-2}),
        (normal(2, 1, 2, 2), 1, True, {}),
        (normal(3, 4).transpose(1, 0), 3, True, {}),
        (normal(4, 6).slice(1, 0, 6, 2), 3, False, {}),
    ]:
        statistics = {
            "runningMean": normal(channels).constant(),
            "runningVar": uniform(0.5, 2, channels).constant(),
        }
        scale = (
            {"weight": normal(channels, mean=1, scale=0.3), "bias": normal(channels)}
            if affine
            else {}
        )
        case("batchNorm", {"x": x, **statistics, **scale}, training=training, **options)
case("batchNorm", {"x": normal(4, 3), "weight": normal(3), "bias": normal(3)}, training=True)
case(
    "batchNorm",
    {
        "x": normal(0, 3),
        "runningMean": normal(3).constant(),
        "runningVar": uniform(0.5, 2, 3).constant(),
    },
    training=False,
)

REFERENCES["dropout"] = lambda x, p, training: F.dropout(x, p, training)
for x, p, training in [
    (normal(3, 4), 0.0, True),
    (normal(3, 4), 0.5, False),
    (normal(0, 2), 0.5, True),
    (normal(4, 3).transpose(1, 0), 0.9, False),
    (normal(2, 1, 3), 0.0, True),
    (normal(2, 3), 1.0, True),
]:
    case("dropout", {"x": x}, p=p, training=training)


@reference("scaledDotProductAttention")
def _(q, k, v, mask=None, causal=False, scale=None):
    return F.scaled_dot_product_attention(q, k, v, mask, is_causal=causal, scale=scale)


for q, k, v, mask, options in [
    (normal(2, 3, 4), normal(2, 3, 4), normal(2, 3, 4), None, {}),
    (normal(2, 2, 3, 2), normal(2, 2, 3, 2), normal(2, 2, 3, 2), None, {"causal": True}),
    (normal(2, 3, 2), normal(2, 4, 2), normal(2, 4, 3), None, {}),
    (normal(2, 2, 3, 2), normal(2, 2, 4, 2), normal(2, 2, 4, 2), keeping_one(3, 4), {}),
    (normal(2, 1, 3, 2), normal(2, 1, 3, 2), normal(2, 1, 3, 2), keeping_one(2, 1, 1, 3), {}),
    (normal(1, 3, 2), normal(1, 3, 2), normal(1, 3, 2), normal(3, 3).constant(), {}),
    (normal(1, 2, 4), normal(1, 3, 4), normal(1, 3, 4), None, {"scale": 0.3}),
    (normal(1, 1, 2), normal(1, 1, 2), normal(1, 1, 2), None, {"causal": True}),
    (
        normal(2, 4, 3).transpose(0, 2, 1),
        normal(2, 4, 3).transpose(0, 2, 1),
        normal(2, 4, 3).transpose(0, 2, 1),
        None,
        {"causal": True},
    ),
    (normal(0, 3, 2), normal(0, 3, 2), normal(0, 3, 2), None, {}),
]:
    masks = {} if mask is None else {"mask": mask}
    case("scaledDotProductAttention", {"q": q, "k": k, "v": v, **masks}, **options)

# ---- choosing the next token -----------------------------------------------------------------


@reference("samplingProbabilities")
def _(logits, temperature=1.0, topK=None, topP=None):
    scores = logits[None]
    if temperature != 1:
        scores = TemperatureLogitsWarper(float(temperature))(None, scores)
    if topK:
        scores = TopKLogitsWarper(topK)(None, scores)
    if topP:
        scores = TopPLogitsWarper(topP)(None, scores)
    return scores.softmax(-1)[0]


for size, options in [
    (6, {}),
    (6, {"temperature": 0.5}),
    (8, {"topK": 3}),
    (8, {"topP": 0.6}),
    (10, {"temperature": 1.7, "topK": 5, "topP": 0.7}),
    (5, {"topP": 0.05}),
    (1, {"topK": 1}),
]:
    case("samplingProbabilities", {"logits": apart(size, gap=0.5).constant()}, **options)

# ---- losses ----------------------------------------------------------------------------------


@reference("crossEntropy")
def _(logits, targets, weight=None, labelSmoothing=0.0, ignoreIndex=-100, reduction="mean"):
    return F.cross_entropy(
        logits,
        targets,
        weight,
        label_smoothing=labelSmoothing,
        ignore_index=ignoreIndex,
        reduction=reduction,
    )


for logits, targets, options in [
    (normal(4, 3), integers(0, 3, 4), {}),
    (normal(4, 3), integers(0, 3, 4), {"reduction": "sum"}),
    (normal(4, 3), integers(0, 3, 4), {"reduction": "none"}),
    (normal(4, 5, scale=10), integers(0, 5, 4), {"labelSmoothing": 0.1}),
    (normal(5, 3), values([0, -100, 2, 1, -100], "int32"), {}),
    (normal(5, 3), values([0, 1, 2, 1, 1], "int32"), {"ignoreIndex": 1, "labelSmoothing": 0.2}),
    (normal(5, 3), values([0, 1, 2, 1, 1], "int32"), {"ignoreIndex": 1, "reduction": "none"}),
    (
        normal(5, 3),
        values([0, 1, 2, 1, 1], "int32"),
        {"ignoreIndex": 0, "labelSmoothing": 0.3, "reduction": "sum"},
    ),
    (normal(4, 3).transpose(1, 0), integers(0, 4, 3), {}),
    (normal(1, 1), integers(0, 1, 1), {}),
    (normal(0, 3), integers(0, 3, 0), {"reduction": "sum"}),
    (values([[1000.0, -1000.0], [-500.0, 800.0]]), values([1, 1], "int32"), {}),
]:
    case("crossEntropy", {"logits": logits, "targets": targets}, **options)
weight = uniform(0.2, 2, 3).constant()
images = {"logits": normal(2, 3, 2, 2), "targets": integers(0, 3, 2, 2, 2)}
case("crossEntropy", images)
case("crossEntropy", {**images, "weight": weight}, labelSmoothing=0.1)
case(
    "crossEntropy",
    {"logits": normal(5, 3), "targets": values([0, 1, 2, 1, 1], "int32"), "weight": weight},
    ignoreIndex=2,
)
case(
    "crossEntropy",
    {"logits": normal(5, 3), "targets": integers(0, 3, 5), "weight": weight},
    labelSmoothing=0.1,
    reduction="none",
)
case("crossEntropy", {"logits": normal(3), "targets": integers(0, 3)})
case("crossEntropy", {"logits": normal(4, 3), "targets": uniform(0, 1, 4, 3)})
case(
    "crossEntropy",
    {"logits": normal(4, 3), "targets": uniform(0, 1, 4, 3), "weight": weight},
    labelSmoothing=0.2,
    reduction="sum",
)


@reference("nllLoss")
def _(logProbabilities, targets, weight=None, ignoreIndex=-100, reduction="mean"):
    return F.nll_loss(
        logProbabilities, targets, weight, ignore_index=ignoreIndex, reduction=reduction
    )


for x, targets, options in [
    (normal(4, 3), integers(0, 3, 4), {}),
    (normal(4, 3), integers(0, 3, 4), {"reduction": "sum"}),
    (normal(4, 3), integers(0, 3, 4), {"reduction": "none"}),
    (normal(5, 3), values([0, 1, 2, 1, 1], "int32"), {"ignoreIndex": 1}),
    (normal(1, 1), integers(0, 1, 1), {}),
    (normal(0, 3), integers(0, 3, 0), {"reduction": "sum"}),
    (normal(4, 3).transpose(1, 0), integers(0, 4, 3), {}),
]:
    case("nllLoss", {"logProbabilities": x, "targets": targets}, **options)
case("nllLoss", {"logProbabilities": normal(4, 3), "targets": integers(0, 3, 4), "weight": weight})


def between(function):
    return lambda input, target, reduction="mean", **options: function(
        input, target, reduction=reduction, **options
    )


REFERENCES["mseLoss"] = between(F.mse_loss)
REFERENCES["l1Loss"] = between(F.l1_loss)
REFERENCES["huberLoss"] = between(F.huber_loss)


@reference("binaryCrossEntropyWithLogits")
def _(input, target, posWeight=None, reduction="mean"):
    return F.binary_cross_entropy_with_logits(
        input, target, pos_weight=posWeight, reduction=reduction
    )


@reference("klDivLoss")
def _(input, target, reduction="batchMean", logTarget=False):
    return F.kl_div(input, target, reduction=reduction.lower(), log_target=logTarget)


LOSSES = {
    "mseLoss": (normal, normal, {}),
    "l1Loss": (normal, normal, {}),
    "huberLoss": (lambda *shape: normal(*shape, scale=2), normal, {"delta": 0.7}),
    "binaryCrossEntropyWithLogits": (normal, lambda *shape: uniform(0, 1, *shape).constant(), {}),
    "klDivLoss": (normal, lambda *shape: uniform(0.05, 1, *shape).constant(), {}),
}
for name, (left, right, options) in LOSSES.items():
    case(name, {"input": left(3, 4), "target": right(3, 4)})
    for reduction in ("sum", "none", "mean"):
        case(name, {"input": left(2, 3), "target": right(2, 3)}, reduction=reduction, **options)
    case(name, {"input": left(1, 1), "target": right(1, 1)}, **options)
    case(name, {"input": left(0, 3), "target": right(0, 3)}, reduction="sum", **options)
    case(
        name,
        {"input": left(4, 3).transpose(1, 0), "target": right(3, 8).slice(1, 0, 8, 2)},
        **options,
    )
case(
    "binaryCrossEntropyWithLogits",
    {
        "input": values([-100.0, 100.0, -30.0, 30.0]),
        "target": values([1.0, 0.0, 0.0, 1.0], gradient=False),
    },
)
case(
    "binaryCrossEntropyWithLogits",
    {
        "input": normal(4, 3),
        "target": uniform(0, 1, 4, 3).constant(),
        "posWeight": uniform(0.5, 3, 3).constant(),
    },
)
case("klDivLoss", {"input": normal(4, 3), "target": normal(4, 3)}, logTarget=True)
case(
    "klDivLoss",
    {"input": normal(2, 3), "target": values([[0.0, 0.5, 0.5], [1.0, 0.0, 0.0]], gradient=False)},
)
case(
    "huberLoss",
    {"input": values([0.0, 0.5, 1.0, 3.0]), "target": values([0.0, 0.0, 0.0, 0.0], gradient=False)},
)
