"""The pytest plug-in: it adds options, and does nothing else unless checks are collected."""

from __future__ import annotations

import contextlib
import importlib.util
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from conformance import PACKAGE
from conformance.run import arguments

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from importlib.machinery import ModuleSpec

ROOMS = ("gotchas", "promises")
REFUSAL = pytest.StashKey[pytest.UsageError]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of the suite."""
    arguments.add(parser)


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> int | pytest.ExitCode | None:
    """Start over where pytest has taken the value of an option for a place to look for tests."""
    given = config.invocation_params
    words = arguments.joined([str(word) for word in given.args])
    return None if words is None else pytest.main(words, plugins=given.plugins)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Read the options, if any is given. A wrong one ends the run here, in one line."""
    if arguments.are_given(config) or any(_named_modules(config)):
        # pytest-asyncio warns a project that has no setting; checks name their scopes themselves.
        unset = ".*asyncio_default_fixture_loop_scope. is unset"
        warnings.filterwarnings("ignore", unset, pytest.PytestDeprecationWarning)
    if arguments.are_given(config):
        _begin(config)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Read no file that has none of the chosen checks: to read all of them takes a second."""
    slug = collection_path.parent.name.replace("_", "-")
    is_file = collection_path.suffix == ".py"
    unwanted = is_file and not arguments.may_choose(config, slug) and _holds_checks(collection_path)
    return True if unwanted else None


@pytest.hookimpl(tryfirst=True)
def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> None:
    """Get ready as soon as there is a file of checks."""
    if _holds_checks(module_path):
        try:
            _begin(parent.config)
        except pytest.UsageError as error:
            parent.config.stash[REFUSAL] = error


def pytest_collection_modifyitems(config: pytest.Config) -> None:
    """End the run if what the checks need to be collected is unusable."""
    if REFUSAL in config.stash:
        raise config.stash[REFUSAL]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_node_collection_finished(node: Any, ids: Iterable[str]) -> None:
    """Get ready to report checks that other processes run."""
    config: pytest.Config = node.config
    places = {nodeid.partition("::")[0] for nodeid in ids}
    origins = [config.rootpath, *_named_modules(config)]
    if any(_holds_checks(origin / place) for origin in origins for place in places):
        _begin(config)


def _named_modules(config: pytest.Config) -> Iterator[Path]:
    """Yield where the suite's modules on the command line are.

    What `--pyargs` names need not lie below pytest's root; ids are then relative to it, and a file
    has the empty one.
    """
    for argument in config.args if config.getoption("pyargs") else ():
        module = argument.partition("::")[0]
        if module.partition(".")[0] == PACKAGE.name:
            with contextlib.suppress(ImportError):
                spec = importlib.util.find_spec(module)
                yield from map(Path, _locations(spec))


def _locations(spec: ModuleSpec | None) -> Iterable[str]:
    if spec is None:
        return []
    return spec.submodule_search_locations or [spec.origin or ""]


def _holds_checks(file: Path) -> bool:
    file = file.resolve()
    return any(file.is_relative_to(PACKAGE.resolve() / room) for room in ROOMS)


def _begin(config: pytest.Config) -> None:
    from conformance.run import checks  # noqa: PLC0415 - other projects need not wait for it

    checks.begin(config)
