"""Writes torch.json: what PyTorch says about the loss of logistic regression and its gradient.

python3 -m venv venv && venv/bin/pip install torch==2.13.0 && venv/bin/python fixture.py
"""

import json
import pathlib

import torch

torch.manual_seed(1958)
cases = []
for n, count, decay in [(1, 3, 0.0), (2, 6, 0.5), (3, 8, 0.0), (5, 10, 0.125)]:
    for far in [1, 64]:  # 64: scores so large that a chance is rounded to 0 or 1
        # Halves and quarters are exact in binary, so the file holds the very numbers torch saw.
        points = torch.randint(-8, 9, (count, n), dtype=torch.float64) / 4
        labels = torch.randint(0, 2, (count,), dtype=torch.float64)
        weights = far * torch.randint(-8, 9, (n,), dtype=torch.float64) / 4
        bias = torch.randint(-8, 9, (1,), dtype=torch.float64) / 4
        weights.requires_grad_()
        bias.requires_grad_()
        loss = torch.nn.functional.binary_cross_entropy_with_logits(points @ weights + bias, labels)
        loss = loss + decay / 2 * (weights**2).sum()
        loss.backward()
        cases.append(
            {
                "weights": weights.tolist(),
                "bias": bias.item(),
                "points": points.tolist(),
                "labels": labels.int().tolist(),
                "decay": decay,
                "loss": loss.item(),
                "gradient": {"weights": weights.grad.tolist(), "bias": bias.grad.item()},
            }
        )

fixture = {"source": f"PyTorch {torch.__version__.split('+')[0]}, float64, written by fixture.py", "cases": cases}
(pathlib.Path(__file__).parent / "torch.json").write_text(json.dumps(fixture) + "\n")
