"""Writes torch.json: what PyTorch says about the perceptron criterion and its gradient.

python3 -m venv venv && venv/bin/pip install torch==2.13.0 && venv/bin/python fixture.py
"""

import json
import pathlib

import torch

torch.manual_seed(1958)
cases = []
for n, count in [(1, 3), (2, 6), (3, 8), (5, 10)]:
    for zero in [False, True]:
        # Halves and quarters are exact in binary, so the file holds the very numbers torch saw.
        points = torch.randint(-8, 9, (count, n), dtype=torch.float64) / 4
        labels = torch.randint(0, 2, (count,), dtype=torch.float64) * 2 - 1
        weights = torch.randint(-8, 9, (n,), dtype=torch.float64) / 4
        bias = torch.randint(-8, 9, (1,), dtype=torch.float64) / 4
        if zero:  # every score is zero: the corner of the loss
            weights, bias = torch.zeros_like(weights), torch.zeros_like(bias)
        weights.requires_grad_()
        bias.requires_grad_()
        loss = torch.relu(-labels * (points @ weights + bias)).mean()
        loss.backward()
        cases.append(
            {
                "weights": weights.tolist(),
                "bias": bias.item(),
                "points": points.tolist(),
                "labels": labels.int().tolist(),
                "loss": loss.item(),
                "gradient": {"weights": weights.grad.tolist(), "bias": bias.grad.item()},
            }
        )

fixture = {"source": f"PyTorch {torch.__version__.split('+')[0]}, float64, written by fixture.py", "cases": cases}
(pathlib.Path(__file__).parent / "torch.json").write_text(json.dumps(fixture) + "\n")
