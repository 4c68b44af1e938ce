"""Chooses checks: by id and subject as the options say, and by vendor with `-m gemini`."""

from __future__ import annotations

import difflib
import fnmatch
from typing import TYPE_CHECKING

import pytest

from conformance.contract.deviation import STRICT
from conformance.core.needs import PROCESS
from conformance.run import arguments, catalogue
from conformance.run.routes import Route
from conformance.run.session import JUDGE, SESSION
from conformance.vendors import UPSTREAMS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from conformance.run.session import Session


def keep(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the checks that `--conformance-check` and `--conformance-subject` choose.

    Those that start a server stay out unless they are asked for, and those of the strict layer
    without it. Raises `pytest.UsageError` for an id or a pattern that no check has.
    """
    patterns = config.getoption("--conformance-check")
    subject = config.getoption("--conformance-subject")
    without = arguments.leaves_out_processes(config)
    strict = config.stash[SESSION].strict
    if not patterns and not subject and not without and strict:
        return
    if unknown(patterns or [], [item.stash[JUDGE].id for item in items if JUDGE in item.stash]):
        refuse_unknown(config)  # or it is of a topic that this run does not read
    kept = [
        item
        for item in items
        if not (without and item.get_closest_marker(PROCESS))
        and (strict or not item.get_closest_marker(STRICT))
        and ((not patterns and not subject) or _chosen(item, patterns or ["*"], subject))
    ]
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = kept


def refuse_for_processes(config: pytest.Config) -> None:
    """Refuse unknown names before pytest-xdist starts processes, none of which can end the run.

    Raises `pytest.UsageError`.
    """
    if config.getoption("numprocesses", None) and config.getoption("--conformance-check"):
        refuse_unknown(config)


def refuse_unknown(config: pytest.Config) -> None:
    """Raise `pytest.UsageError` for a chosen name that no check has."""
    patterns = config.getoption("--conformance-check") or []
    if patterns and (reason := unknown(patterns, list(catalogue.needs()))):
        raise pytest.UsageError(reason)


def unknown(patterns: Iterable[str], known: Sequence[str]) -> str:
    """Return what to say of the first pattern that no id is like; "" if each has some."""
    for pattern in patterns:
        if not fnmatch.filter(known, pattern):
            return f"no check is named `{pattern}`; {nearest(pattern, known)}"
    return ""


def _chosen(item: pytest.Item, patterns: list[str], subject: str | None) -> bool:
    if JUDGE not in item.stash:
        return False
    judge = item.stash[JUDGE]
    return subject in {None, judge.subject} and any(
        fnmatch.fnmatchcase(judge.id, each) for each in patterns
    )


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the end of a message: the known name most like a mistyped one, or who lists them."""
    spelt = {_folded(each): each for each in known}
    found = difflib.get_close_matches(_folded(name), spelt, n=1, cutoff=0.5)
    return f"did you mean `{spelt[found[0]]}`?" if found else "`llama-conformance list` shows all"


def _folded(name: str) -> str:
    return name.casefold().replace("_", "-")


def vendors_of(item: pytest.Function, session: Session) -> frozenset[str]:
    """Return the vendors that a check sends chats to, by name; each is a marker of it.

    They are those that its variant names, else that of its route, else all that its scenario is
    recorded from.
    """
    params = item.callspec.params.values() if hasattr(item, "callspec") else ()
    routes = {each.vendor for each in params if isinstance(each, Route)}
    named = {each for each in params if isinstance(each, str)}
    if found := (routes | named) & UPSTREAMS.keys():
        return frozenset(found)
    if "route" in item.fixturenames:
        return frozenset({route.vendor for route in session.subject().routes[:1]} - {""})
    marker = item.get_closest_marker("scenario")
    if marker is None:
        return frozenset()
    recorded = session.cassettes.glob(f"*/{marker.args[0]}.yaml")
    return frozenset(file.parent.name for file in recorded) & UPSTREAMS.keys()
