"""Every layer."""

import torch
from torch import nn

from fixture import integers, keeping_one, normal
from networks import Networks

cases = Networks("layers")
case = cases.case


def write():
    linear()
    convolutions()
    norms()
    recurrent()
    attention()
    plain()
    containers()
    cases.save()


def plain():
    """What has nothing to learn."""
    for kind, module, arguments in [
        ("ReLU", nn.ReLU(), {}),
        ("LeakyReLU", nn.LeakyReLU(0.2), {"slope": 0.2}),
        ("GELU", nn.GELU(), {}),
        ("GELU", nn.GELU(approximate="tanh"), {"approximate": "tanh"}),
        ("SiLU", nn.SiLU(), {}),
        ("Sigmoid", nn.Sigmoid(), {}),
        ("Tanh", nn.Tanh(), {}),
        ("Softmax", nn.Softmax(1), {"axis": 1}),
        ("Identity", nn.Identity(), {}),
        ("Flatten", nn.Flatten(), {}),
        ("Dropout", nn.Dropout(0.0), {"p": 0}),
    ]:
        case(kind, module, {"x": normal(2, 3, 2)}, arguments)
    case("Dropout", nn.Dropout(0.5), {"x": normal(3, 4)}, {"p": 0.5}, training=False)
    for kind, module, arguments in [
        ("MaxPool2d", nn.MaxPool2d(2), {"kernelSize": 2}),
        ("MaxPool2d", nn.MaxPool2d(3, 2, 1), {"kernelSize": 3, "stride": 2, "padding": 1}),
        ("AvgPool2d", nn.AvgPool2d(2), {"kernelSize": 2}),
        (
            "AvgPool2d",
            nn.AvgPool2d((2, 3), 1, (1, 0)),
            {"kernelSize": [2, 3], "stride": 1, "padding": [1, 0]},
        ),
        ("AdaptiveAvgPool2d", nn.AdaptiveAvgPool2d(1), {"outputSize": 1}),
        ("AdaptiveAvgPool2d", nn.AdaptiveAvgPool2d((2, 3)), {"outputSize": [2, 3]}),
    ]:
        case(kind, module, {"x": normal(2, 2, 5, 4)}, arguments)


def linear():
    for size, bias, x in [
        (4, True, normal(3, 4)),
        (4, False, normal(2, 3, 4)),
        (2, True, normal(2)),
    ]:
        arguments = {"inFeatures": size, "outFeatures": 3, "bias": bias}
        case("Linear", nn.Linear(size, 3, bias=bias), {"x": x}, arguments)
    case(
        "Linear",
        nn.Linear(4, 2),
        {"x": normal(5, 4)},
        {"inFeatures": 4, "outFeatures": 2},
        optimizer="SGD",
    )
    for ids in (integers(0, 6, 5), integers(0, 6, 2, 3)):
        case("Embedding", nn.Embedding(6, 4), {"ids": ids}, {"count": 6, "width": 4})


def convolutions():
    for kind, options, x in [
        ("Conv1d", {"kernelSize": 3}, normal(2, 2, 6)),
        ("Conv1d", {"kernelSize": 3, "stride": 2, "padding": 1, "bias": False}, normal(1, 2, 7)),
        ("Conv1d", {"kernelSize": 2, "dilation": 2, "groups": 2}, normal(2, 2, 6)),
        ("Conv2d", {"kernelSize": 3}, normal(2, 2, 5, 5)),
        ("Conv2d", {"kernelSize": 3, "stride": 2, "padding": 1, "bias": False}, normal(1, 2, 5, 5)),
        ("Conv2d", {"kernelSize": [2, 3], "groups": 2, "dilation": [1, 2]}, normal(1, 2, 4, 6)),
        ("ConvTranspose2d", {"kernelSize": 2, "stride": 2}, normal(1, 2, 3, 3)),
        (
            "ConvTranspose2d",
            {"kernelSize": 3, "stride": 2, "padding": 1, "outputPadding": 1, "bias": False},
            normal(1, 2, 3, 3),
        ),
    ]:
        names = {"kernelSize": "kernel_size", "outputPadding": "output_padding"}
        module = getattr(nn, kind)(2, 4, **{names.get(k, k): v for k, v in options.items()})
        case(
            kind, module, {"x": x}, {"inChannels": 2, "outChannels": 4, **options}, optimizer="SGD"
        )


def norms():
    for training in (True, False):
        for x in (normal(5, 3, mean=1), normal(3, 3, 4)):
            case("BatchNorm1d", nn.BatchNorm1d(3), {"x": x}, {"features": 3}, training)
        case("BatchNorm2d", nn.BatchNorm2d(2), {"x": normal(2, 2, 3, 3)}, {"features": 2}, training)
    case("LayerNorm", nn.LayerNorm(4), {"x": normal(2, 3, 4)}, {"shape": 4})
    case("LayerNorm", nn.LayerNorm([3, 2]), {"x": normal(4, 3, 2)}, {"shape": [3, 2]})
    case("RMSNorm", nn.RMSNorm(4, eps=1e-6), {"x": normal(2, 3, 4)}, {"width": 4, "eps": 1e-6})
    case("GroupNorm", nn.GroupNorm(2, 4), {"x": normal(2, 4, 3)}, {"groups": 2, "channels": 4})
    case("GroupNorm", nn.GroupNorm(4, 4), {"x": normal(2, 4, 2, 2)}, {"groups": 4, "channels": 4})


def recurrent():
    for kind in ("RNN", "LSTM", "GRU"):
        for layers in (1, 2):
            module = getattr(nn, kind)(3, 4, num_layers=layers, batch_first=True)
            call = lambda module, x: unpacked(*module(x))
            case(
                kind,
                module,
                {"x": normal(2, 5, 3)},
                {"inputSize": 3, "hiddenSize": 4, "layers": layers},
                call=call,
            )
        module = getattr(nn, kind)(
            2, 3, num_layers=2, batch_first=True, bidirectional=True, bias=False
        )
        arguments = {
            "inputSize": 2,
            "hiddenSize": 3,
            "layers": 2,
            "bidirectional": True,
            "bias": False,
        }
        case(kind, module, {"x": normal(2, 4, 2)}, arguments, call=call)
        states = {"h": normal(1, 2, 4)}
        if kind == "LSTM":
            states["c"] = normal(1, 2, 4)
        module = getattr(nn, kind)(3, 4, batch_first=True)
        call = lambda module, x, h, c=None: unpacked(*module(x, h if c is None else (h, c)))
        case(
            kind,
            module,
            {"x": normal(2, 3, 3), **states},
            {"inputSize": 3, "hiddenSize": 4, "layers": 1},
            call=call,
            optimizer="SGD",
        )
    module = nn.RNN(3, 4, nonlinearity="relu", batch_first=True)
    arguments = {"inputSize": 3, "hiddenSize": 4, "layers": 1, "nonlinearity": "relu"}
    case(
        "RNN",
        module,
        {"x": normal(2, 4, 3)},
        arguments,
        call=lambda module, x: unpacked(*module(x)),
    )


def unpacked(output, state):
    return [output, *state] if isinstance(state, tuple) else [output, state]


def attention():
    def attend(module, x, context=None, mask=None, keyMask=None, causal=False):
        seen = x if context is None else context
        if causal:
            mask = torch.ones(x.shape[1], x.shape[1], dtype=torch.bool).tril()
        # PyTorch's boolean masks of this layer say what is hidden; ours say what is seen.
        hidden, padding = (None if m is None else ~m for m in (mask, keyMask))
        return module(
            x, seen, seen, attn_mask=hidden, key_padding_mask=padding, average_attn_weights=False
        )

    arguments = {"width": 4, "heads": 2}
    make = lambda **options: nn.MultiheadAttention(4, 2, batch_first=True, **options)
    case("MultiHeadAttention", make(), {"x": normal(2, 3, 4)}, arguments, call=attend)
    case(
        "MultiHeadAttention",
        make(),
        {"x": normal(2, 4, 4)},
        {**arguments, "causal": True},
        call=lambda m, x: attend(m, x, causal=True),
    )
    case(
        "MultiHeadAttention",
        make(),
        {"x": normal(2, 3, 4), "context": normal(2, 5, 4)},
        arguments,
        call=attend,
    )
    masks = {"mask": keeping_one(3, 5), "keyMask": keeping_one(2, 5)}
    case(
        "MultiHeadAttention",
        make(),
        {"x": normal(2, 3, 4), "context": normal(2, 5, 4), **masks},
        arguments,
        call=attend,
    )
    case(
        "MultiHeadAttention",
        make(bias=False),
        {"x": normal(1, 3, 4)},
        {**arguments, "bias": False},
        call=attend,
    )

    causal = lambda length: torch.ones(length, length, dtype=torch.bool).triu(1)
    for first in (False, True):
        for activation in ("relu", "gelu"):
            arguments = {
                "width": 4,
                "heads": 2,
                "hidden": 6,
                "normFirst": first,
                "activation": activation,
            }
            options = dict(
                d_model=4,
                nhead=2,
                dim_feedforward=6,
                dropout=0.0,
                activation=activation,
                norm_first=first,
                batch_first=True,
            )
            case(
                "TransformerEncoderLayer",
                nn.TransformerEncoderLayer(**options),
                {"x": normal(2, 3, 4)},
                arguments,
            )
            case(
                "TransformerDecoderLayer",
                nn.TransformerDecoderLayer(**options),
                {"x": normal(2, 3, 4), "memory": normal(2, 4, 4)},
                arguments,
                call=lambda module, x, memory: module(x, memory, tgt_mask=causal(3)),
            )
    case(
        "TransformerEncoderLayer",
        nn.TransformerEncoderLayer(**options),
        {"x": normal(2, 4, 4)},
        {**arguments, "causal": True},
        call=lambda module, x: module(x, src_mask=causal(4)),
    )


def containers():
    for training in (True, False):
        module = nn.Sequential(
            nn.Conv2d(1, 2, 3, padding=1),
            nn.BatchNorm2d(2),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(8, 3),
        )
        case("Sequential", module, {"x": normal(3, 1, 4, 4)}, training=training)
