"""Writes torch.json: what PyTorch says about a layer and its gradient.

python3 -m venv venv && venv/bin/pip install torch==2.13.0 && venv/bin/python fixture.py
"""

import json
import pathlib

import torch

torch.manual_seed(1986)
cases = []
for examples, measurements, units in [(1, 1, 1), (1, 3, 2), (4, 1, 3), (3, 2, 1), (2, 4, 3), (5, 3, 4)]:
    # Halves and quarters are exact in binary, so the file holds the very numbers torch saw.
    def random(*shape):
        return torch.randint(-8, 9, shape, dtype=torch.float64) / 4

    x, w, b = (random(*shape).requires_grad_() for shape in [(examples, measurements), (measurements, units), (units,)])
    slopes = random(examples, units)
    scores = x @ w + b
    scores.backward(slopes)
    cases.append(
        {
            "x": x.tolist(),
            "w": w.tolist(),
            "b": b.tolist(),
            "slopes": slopes.tolist(),
            "scores": scores.tolist(),
            "gradient": {"x": x.grad.tolist(), "w": w.grad.tolist(), "b": b.grad.tolist()},
        }
    )

fixture = {"source": f"PyTorch {torch.__version__.split('+')[0]}, float64, written by fixture.py", "cases": cases}
(pathlib.Path(__file__).parent / "torch.json").write_text(json.dumps(fixture) + "\n")
