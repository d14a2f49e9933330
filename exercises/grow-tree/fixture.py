"""Writes sklearn.json: what the trees of scikit-learn answer.

python3 -m venv venv && venv/bin/pip install scikit-learn==1.7.2 && venv/bin/python fixture.py

scikit-learn takes one of several equally good questions by chance. Only data are kept on which twenty seeds agree.
"""

import json
import pathlib

import numpy
import sklearn
from sklearn.tree import DecisionTreeClassifier

rng = numpy.random.default_rng(1984)
cases = []
while len(cases) < 8:
    n, count = int(rng.integers(1, 4)), int(rng.integers(20, 40))
    depth, min_leaf = int(rng.integers(2, 5)), int(rng.integers(1, 5))
    # Quarters are exact in binary, also in the 32 bits that scikit-learn keeps.
    points = rng.integers(-40, 41, (count, n)) / 4
    labels = (points[:, 0] + rng.normal(0, 6, count) > 0).astype(int) + (points[:, -1] > 4)
    asked = rng.integers(-80, 81, (60, n)) / 8
    answers = {
        tuple(
            DecisionTreeClassifier(max_depth=depth, min_samples_leaf=min_leaf, random_state=seed)
            .fit(points, labels)
            .predict(asked)
            .tolist()
        )
        for seed in range(20)
    }
    if len(answers) == 1:
        cases.append(
            {
                "points": points.tolist(),
                "labels": labels.tolist(),
                "depth": depth,
                "minLeaf": min_leaf,
                "asked": asked.tolist(),
                "answers": list(answers.pop()),
            }
        )

fixture = {"source": f"scikit-learn {sklearn.__version__}, written by fixture.py", "cases": cases}
(pathlib.Path(__file__).parent / "sklearn.json").write_text(json.dumps(fixture) + "\n")
