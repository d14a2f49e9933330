"""Writes sklearn.json: what the boosted stumps of scikit-learn answer after each round.

python3 -m venv venv && venv/bin/pip install scikit-learn==1.7.2 && venv/bin/python fixture.py
"""

import json
import pathlib

import numpy
import sklearn
from sklearn.ensemble import GradientBoostingRegressor

rng = numpy.random.default_rng(2001)
cases = []
for count, rounds, rate in [(8, 3, 1.0), (15, 10, 0.5), (30, 25, 0.125)]:
    # Quarters are exact in binary, also in the 32 bits that scikit-learn keeps; targets that no two cuts fit alike.
    values = rng.choice(numpy.arange(-80, 81), count, replace=False) / 4
    targets = numpy.round(20 * numpy.sin(values / 6) + rng.normal(0, 4, count), 3)
    asked = numpy.arange(-22, 23) + 0.125
    model = GradientBoostingRegressor(
        n_estimators=rounds, learning_rate=rate, max_depth=1, criterion="squared_error", random_state=0
    ).fit(values[:, None], targets)
    staged = [stage.tolist() for stage in model.staged_predict(asked[:, None])]
    cases.append(
        {
            "values": values.tolist(),
            "targets": targets.tolist(),
            "rate": rate,
            "asked": asked.tolist(),
            "rounds": [1, 2, rounds],
            "answers": [staged[0], staged[1], staged[-1]],
        }
    )

fixture = {"source": f"scikit-learn {sklearn.__version__}, written by fixture.py", "cases": cases}
(pathlib.Path(__file__).parent / "sklearn.json").write_text(json.dumps(fixture) + "\n")
