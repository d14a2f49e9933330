"""Optimizers: the parameters after each of ten steps. Clipping. Schedules: the learning rates."""

import torch
import torch.nn.functional as F
from torch.optim import lr_scheduler
from transformers.optimization import (
    get_cosine_schedule_with_warmup,
    get_cosine_with_min_lr_schedule_with_warmup,
)

from fixture import Fixture, as_stored, generator, loaded

fixture = Fixture("optimizers")

# Gradus' names of settings, where they are not PyTorch's.
PYTORCH = {
    "weightDecay": "weight_decay",
    "lrDecay": "lr_decay",
    "stepSize": "step_size",
    "tMax": "T_max",
    "etaMin": "eta_min",
    "startFactor": "start_factor",
    "endFactor": "end_factor",
    "totalIters": "total_iters",
    "maxLr": "max_lr",
    "totalSteps": "total_steps",
    "pctStart": "pct_start",
    "divFactor": "div_factor",
    "finalDivFactor": "final_div_factor",
    "annealStrategy": "anneal_strategy",
    "cycleMomentum": "cycle_momentum",
    "baseMomentum": "base_momentum",
    "maxMomentum": "max_momentum",
}


def in_pytorch(options):
    return {PYTORCH.get(key, key): value for key, value in options.items()}


def write():
    for kind, options in [
        ("SGD", {"lr": 0.1}),
        ("SGD", {"lr": 0.05, "momentum": 0.9}),
        ("SGD", {"lr": 0.05, "momentum": 0.9, "nesterov": True}),
        ("SGD", {"lr": 0.1, "weightDecay": 0.1}),
        ("SGD", {"lr": 0.05, "momentum": 0.5, "nesterov": True, "weightDecay": 0.05}),
        ("Adagrad", {}),
        ("Adagrad", {"lr": 0.5}),
        ("Adagrad", {"lr": 0.3, "lrDecay": 0.1}),
        ("Adagrad", {"lr": 0.3, "weightDecay": 0.1}),
        ("Adagrad", {"lr": 0.3, "eps": 0.1}),
        ("RMSprop", {}),
        ("RMSprop", {"lr": 0.02, "alpha": 0.9}),
        ("RMSprop", {"lr": 0.02, "momentum": 0.9}),
        ("RMSprop", {"lr": 0.02, "centered": True}),
        ("RMSprop", {"lr": 0.02, "weightDecay": 0.1, "eps": 1e-3}),
        ("Adam", {}),
        ("Adam", {"lr": 0.1}),
        ("Adam", {"lr": 0.1, "betas": [0.8, 0.95]}),
        ("Adam", {"lr": 0.1, "weightDecay": 0.1}),
        ("Adam", {"lr": 0.1, "eps": 0.01}),
        ("AdamW", {}),
        ("AdamW", {"lr": 0.1}),
        ("AdamW", {"lr": 0.1, "weightDecay": 0.3}),
        ("AdamW", {"lr": 0.05, "betas": [0.7, 0.9], "eps": 1e-4}),
        ("AdamW", {"lr": 0.05, "weightDecay": 0}),
    ]:
        optimizer(kind, options)
    optimizer("SGD", {"lr": 0.1}, second={"lr": 0.01, "momentum": 0.9})
    optimizer("AdamW", {"lr": 0.1}, second={"weightDecay": 0.5})

    for most in (0.5, 1, 3, 100):
        clipping("clipGradNorm", most, torch.nn.utils.clip_grad_norm_)
    clipping("clipGradNorm", 1, torch.nn.utils.clip_grad_norm_, tiny=True)
    for most in (0.1, 0.5, 1, 2, 100):
        clipping("clipGradValue", most, torch.nn.utils.clip_grad_value_)

    for options in [
        {"stepSize": 3},
        {"stepSize": 4, "gamma": 0.5},
        {"stepSize": 1, "gamma": 0.9},
        {"stepSize": 30},
        {"stepSize": 2, "gamma": 1.5},
    ]:
        schedule("StepLR", options, lr_scheduler.StepLR)
    for options in [
        {"tMax": 10},
        {"tMax": 20, "etaMin": 0.01},
        {"tMax": 5},
        {"tMax": 1},
        {"tMax": 7, "etaMin": 0.3},
    ]:
        schedule("CosineAnnealingLR", options, lr_scheduler.CosineAnnealingLR)
    for options in [
        {},
        {"startFactor": 0.1, "totalIters": 8},
        {"startFactor": 1, "endFactor": 0.2, "totalIters": 10},
        {"totalIters": 1},
        {"startFactor": 0.01, "totalIters": 30},
    ]:
        schedule("LinearLR", options, lr_scheduler.LinearLR)
    for factor in (0.9, 0.5, 1, 1.1, 0.1):
        # The test knows only how to say factor ** steps.
        schedule(
            "LambdaLR",
            {"power": factor},
            lambda optimizer, power: lr_scheduler.LambdaLR(optimizer, lambda steps: power**steps),
        )
    for warmup, total, least in [(5, 20, 0), (1, 10, 0), (10, 30, 0), (5, 20, 0.1), (4, 12, 0.5)]:
        options = {"warmupSteps": warmup, "totalSteps": total, "minFactor": least}
        schedule("WarmupCosineLR", options, warm_up, steps=total)
    for options in [
        {"maxLr": 0.5, "totalSteps": 20},
        {"maxLr": 0.5, "totalSteps": 20, "pctStart": 0.5, "divFactor": 10, "finalDivFactor": 100},
        {"maxLr": 0.1, "totalSteps": 15, "annealStrategy": "linear"},
        {"maxLr": 1, "totalSteps": 10, "cycleMomentum": False},
        {"maxLr": 0.3, "totalSteps": 30, "baseMomentum": 0.7, "maxMomentum": 0.9},
    ]:
        schedule("OneCycleLR", options, lr_scheduler.OneCycleLR, steps=options["totalSteps"] - 1)
    fixture.save()


def name_of(kind):
    return f"{kind}.{sum(case['kind'] == kind for case in fixture.cases)}"


def optimizer(kind, options, second=None):
    """Fits a line to random points; with `second`, the bias is in a group of its own."""
    name = name_of(kind)
    rng = generator("optimizers", name)
    numbers = {}
    for key, shape in {"w": (3, 2), "b": (2,), "x": (5, 3), "y": (5, 2)}.items():
        array = as_stored(rng.normal(size=shape))
        fixture.put(f"{name}/in/{key}", array)
        numbers[key] = loaded(array)
    w, b = (numbers[key].requires_grad_() for key in ("w", "b"))
    groups = [{"params": [w, b]}]
    if second is not None:
        groups = [{"params": [w]}, {"params": [b], **in_pytorch(second)}]
    descent = getattr(torch.optim, kind)(groups, **in_pytorch(options))
    after = {"w": [], "b": []}
    for _ in range(10):
        loss = F.mse_loss(numbers["x"] @ w + b, numbers["y"])
        descent.zero_grad()
        loss.backward()
        descent.step()
        after["w"].append(w.detach().clone())
        after["b"].append(b.detach().clone())
    for key, steps in after.items():
        fixture.put(f"{name}/after/{key}", torch.stack(steps))
    for i, state in descent.state_dict()["state"].items():
        for key, kept in state.items():
            if isinstance(kept, torch.Tensor) and key != "step":
                fixture.put(f"{name}/state/{i}.{key}", kept)
    fixture.cases.append({"name": name, "kind": kind, "options": options, "second": second})


def clipping(kind, most, clip, tiny=False):
    name = name_of(kind)
    rng = generator("optimizers", name)
    parameters = []
    for i, shape in enumerate([(3, 2), (4,), (1, 2, 2)]):
        gradient = as_stored(rng.normal(size=shape) * (1e-4 if tiny else 1))
        fixture.put(f"{name}/in/{i}", gradient)
        parameters.append(torch.zeros(shape, dtype=torch.float64))
        parameters[i].grad = loaded(gradient)
    norm = clip(parameters, most)
    for i, parameter in enumerate(parameters):
        fixture.put(f"{name}/out/{i}", parameter.grad)
    if norm is not None:
        fixture.put(f"{name}/norm", norm)
    fixture.cases.append({"name": name, "kind": kind, "options": {"max": most}})


def warm_up(optimizer, warmupSteps, total_steps, minFactor):
    if minFactor == 0:
        return get_cosine_schedule_with_warmup(optimizer, warmupSteps, total_steps)
    return get_cosine_with_min_lr_schedule_with_warmup(
        optimizer, warmupSteps, total_steps, min_lr_rate=minFactor
    )


def schedule(kind, options, make, steps=20):
    """The learning rates from the first step on, and the momentum that goes with them."""
    name = name_of(kind)
    parameter = torch.zeros(1, requires_grad=True)
    descent = torch.optim.SGD([parameter], lr=0.2, momentum=0.8)
    scheduler = make(descent, **in_pytorch(options))
    rates, momenta = [], []
    for _ in range(steps + 1):
        rates.append(descent.param_groups[0]["lr"])
        momenta.append(descent.param_groups[0]["momentum"])
        descent.step()
        scheduler.step() if len(rates) <= steps else None
    fixture.cases.append(
        {
            "name": name,
            "kind": kind,
            "options": options,
            "lr": 0.2,
            "momentum": 0.8,
            "rates": rates,
            "momenta": momenta,
        }
    )
