"""Stands in for packages that are not installed while the classes of provider configs are read.

A config class often sits in a module that imports the vendor's SDK. The stand-in has every name
and every submodule; whatever is taken from it is an empty class.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import sys
import types
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence


class _StandIn(types.ModuleType):
    __path__: list[str] = []  # noqa: RUF012 - makes it a package

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        made = type(name, (), {"__module__": self.__name__})
        setattr(self, name, made)
        return made


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """The last finder: asked only for what nothing else has."""

    def __init__(self, kept: tuple[str, ...]) -> None:
        self.kept = kept
        self.stood_in: set[str] = set()

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        del path, target
        top = fullname.partition(".")[0]
        if top in self.kept or top in sys.stdlib_module_names:
            return None
        if top not in self.stood_in and top in sys.modules:
            return None  # an installed package that lacks a submodule
        self.stood_in.add(top)
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        return _StandIn(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        del module


def stand_in(*kept: str) -> set[str]:
    """Stand in for every missing package but `kept`; return the (growing) set of their names."""
    finder = _Finder(kept)
    sys.meta_path.append(finder)
    return finder.stood_in
