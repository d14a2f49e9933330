"""Writes the fixtures that Gradus is held against. See README.md."""

import sys
import warnings

import torch

import layers
import models
import ops
import optimizers

torch.set_num_threads(1)
# PyTorch takes the spread along an axis of three, beside an empty one, for the spread of nothing.
warnings.filterwarnings("ignore", message=".*degrees of freedom.*")
# All of kl_div's reductions are compared, also the one it warns about.
warnings.filterwarnings("ignore", message="reduction: 'mean' divides.*")
WRITERS = {
    "ops": ops.write,
    "layers": layers.write,
    "optimizers": optimizers.write,
    "models": models.write,
}

if __name__ == "__main__":
    for name in sys.argv[1:] or WRITERS:
        WRITERS[name]()
