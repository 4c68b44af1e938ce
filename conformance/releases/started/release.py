"""Finds the modules of the installed release."""

from __future__ import annotations

import importlib
import importlib.util
from typing import Any

MODULE = "ogx" if importlib.util.find_spec("ogx") else "llama_stack"
CONFIG = "OGX_CONFIG" if MODULE == "ogx" else "LLAMA_STACK_CONFIG"


def module(name: str) -> Any:
    """Return a module of the release. Raises `ModuleNotFoundError` if it has none of that name."""
    return importlib.import_module(f"{MODULE}.{name}")


def named(path: str) -> Any:
    """Return the class of a dotted path. Raises `ImportError` if a package for it is missing."""
    where, _, name = path.rpartition(".")
    return getattr(importlib.import_module(where), name)
