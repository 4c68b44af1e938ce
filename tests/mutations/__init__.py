"""Deliberate changes of the stack, each with the checks whose outcome it turns.

A mutation is a function `(patch, stack)` that changes the stack in this process through pytest's
`MonkeyPatch`; `stack("core.stack:replace_env_vars")` returns an object of it. Its docstring says
what the changed stack does. One file here for each file of checks.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

Stack = Callable[[str], Any]
Change = Callable[[pytest.MonkeyPatch, Stack], None]


@dataclass(frozen=True, slots=True)
class Mutation:
    """A change, and what each of these checks then observes."""

    name: str
    change: Change
    flips: Mapping[str, str]


MUTATIONS: list[Mutation] = []


def flips(outcomes: Mapping[str, str]) -> Callable[[Change], Change]:
    """Declare what checks observe under a mutation: id → outcome, not the expected one."""

    def declare(change: Change) -> Change:
        MUTATIONS.append(Mutation(change.__name__, change, outcomes))
        return change

    return declare


for module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{module.name}")
