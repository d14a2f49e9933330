"""torchvision, also where its compiled part does not load beside the processor's build of torch."""

import importlib.util
import pathlib
import re

import torch


def declare_operators():
    """torchvision describes its operators when imported, so they must exist, if only by name."""
    folder = pathlib.Path(importlib.util.find_spec("torchvision").origin).parent
    text = (folder / "_meta_registrations.py").read_text()
    names = re.findall(r'register_(?:meta|fake)\("(?:torchvision::)?(\w+)"', text)
    library = torch.library.Library("torchvision", "DEF")
    for name in sorted(set(names)):
        library.define(f"{name}() -> ()")
    return library


try:
    import torchvision
except RuntimeError:
    operators = declare_operators()
    import torchvision

models = torchvision.models
