"""The programs of `requirements/`, which are no package: they run before there is an environment."""

import importlib.util
import sys
from typing import Any

from portal.config import ROOT

FOLDER = ROOT / "requirements"


def script(name: str) -> Any:
    """The module of such a program."""
    spec = importlib.util.spec_from_file_location(f"requirements_{name}", FOLDER / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # A dataclass looks for its module there.
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
