"""The house stands as its plan says."""

from __future__ import annotations

import ast
import sys
import tomllib
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import conformance

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

PACKAGE = Path(conformance.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))
CHECKS = [file for name in ("gotchas", "promises") for file in (PACKAGE / name).glob("*/test_*")]
MUTATIONS = [file for file in MODULES if file.name == "mutations.py"]
FOR_CHECKS = ("conformance.core", "conformance.contract", "conformance.stack")
BASE = {"core", "contract", "vendors", "stack", "cassettes"}
# What the modules of each room may import, besides their own room.
MAY_IMPORT: dict[str, set[str]] = {
    "core": set(),
    "contract": {"core"},
    "vendors": set(),
    "stack": {"core", "contract"},
    "cassettes": {"core", "vendors", "stack"},
    "schemas": {"core"},
    "judge": {"core", "schemas"},
    "diagnose": {"core", "schemas", "judge"},
    "run": {*BASE, "schemas", "judge"},
    "releases": {*BASE, "schemas", "judge", "run"},
    "reports": {*BASE, "schemas", "judge", "diagnose", "run", "releases"},
    "commands": {*BASE, "schemas", "judge", "diagnose", "run", "releases", "reports"},
    "gotchas": {"core", "contract", "judge", "stack"},
    "promises": {"core", "contract", "stack"},
}
STACK = {"llama_stack", "llama_stack_api", "llama_stack_client", "ogx", "ogx_api", "ogx_client"}


@cache
def imports(file: Path, *, top: bool = False) -> frozenset[str]:
    """Return the modules a file imports; with `top`, not those imported for types only."""
    found: set[str] = set()
    pending: list[ast.AST] = [ast.parse(file.read_text(encoding="utf-8"))]
    while pending:
        node = pending.pop()
        if top and isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            continue
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            found.add(module)
            found.update(f"{module}.{alias.name}" for alias in node.names)
        pending.extend(ast.iter_child_nodes(node))
    return frozenset(found)


def packages(file: Path) -> set[str]:
    """Return the top-level packages a file imports."""
    return {name.partition(".")[0] for name in imports(file)}


def room(file: Path) -> str:
    """Return the room a module is in; "" for those at the door."""
    inside = file.relative_to(PACKAGE)
    return inside.parts[0] if len(inside.parts) > 1 else ""


def rooms_of(file: Path) -> set[str]:
    """Return the other rooms a file imports from, for types only or not."""
    names = (name for name in imports(file) if name.startswith("conformance."))
    return {name.split(".")[1] for name in names} & MAY_IMPORT.keys() - {room(file)}


@pytest.mark.parametrize("name", MAY_IMPORT)
def test_imports_point_down(name: str) -> None:
    """A module imports from the rooms below its own, and from no other."""
    files = [file for file in MODULES if room(file) == name]

    assert files
    assert {file.name: set() for file in files} == {
        file.name: rooms_of(file) - MAY_IMPORT[name] for file in files
    }


def test_the_plan_has_every_room() -> None:
    """A new folder of modules must say what it may import."""
    assert {room(file) for file in MODULES} - {""} == MAY_IMPORT.keys()


def test_no_room_is_above_itself() -> None:
    """What the rooms may import has no cycle."""
    assert [] == list(cycles(MAY_IMPORT))


@pytest.mark.parametrize("name", MAY_IMPORT)
def test_modules_of_a_room_import_one_way(name: str) -> None:
    """Inside a room, too, no module imports itself through others."""
    files = [file for file in MODULES if room(file) == name]
    own = {_name(file) for file in files}
    graph = {_name(file): imports(file, top=True) & own for file in files}

    assert [] == list(cycles(graph))


def _name(file: Path) -> str:
    return ".".join(file.relative_to(PACKAGE.parent).with_suffix("").parts)


def test_only_the_stack_is_asked_for_the_stack() -> None:
    """No module names the stack in an import; `stack` imports it by the name in the data."""
    assert {file.name: set() for file in MODULES} == {
        file.name: packages(file) & STACK for file in MODULES
    }


def test_only_one_room_imports_vcrpy() -> None:
    """Only `cassettes` imports vcrpy."""
    assert {"cassettes"} == {room(file) for file in MODULES if "vcr" in packages(file)}


@pytest.mark.parametrize("file", CHECKS, ids=lambda file: file.stem)
def test_a_check_imports_only_its_vocabulary(file: Path) -> None:
    """A file of checks imports the vocabulary, config variants, pytest and the standard library."""
    foreign = packages(file) - set(sys.stdlib_module_names) - {"pytest", "conformance"}
    ours = {name for name in imports(file) if name.startswith("conformance.")}

    assert set() == foreign
    assert {name for name in ours if not name.startswith(FOR_CHECKS)} == set()


@pytest.mark.parametrize("file", MUTATIONS, ids=lambda file: file.parent.name)
def test_a_mutation_reaches_the_stack_only_as_it_is_given(file: Path) -> None:
    """Mutations import what checks import; other packages only inside a function."""
    ours = {name for name in imports(file) if name.startswith("conformance.")}

    assert set() == {name for name in ours if not name.startswith(FOR_CHECKS)}
    assert at_the_top(file) <= {*sys.stdlib_module_names, "conformance"}


def at_the_top(file: Path) -> set[str]:
    """Return the packages a module imports when it is imported."""
    found: set[str] = set()
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Import):
            found.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").partition(".")[0])
    return found


def test_nothing_else_reads_mutations() -> None:
    """What ships imports no mutation, so that a wheel can do without them."""
    readers = [
        file.name
        for file in MODULES
        if file not in MUTATIONS and any("mutations" in name.split(".") for name in imports(file))
    ]

    assert [] == readers


def test_the_wheel_leaves_mutations_out() -> None:
    """The build leaves every file of this name out of what is installed."""
    settings = tomllib.loads((PACKAGE.parent / "pyproject.toml").read_text(encoding="utf-8"))
    wheel = settings["tool"]["hatch"]["build"]["targets"]["wheel"]

    assert {file.name for file in MUTATIONS} == {*wheel["exclude"]}


def cycles(graph: Mapping[str, Collection[str]]) -> list[list[str]]:
    """Return the cycles of a graph, each once from every module on it."""

    def walk(path: list[str]) -> list[list[str]]:
        found = []
        for following in sorted(graph.get(path[-1], ())):
            if following == path[0]:
                found.append([*path, following])
            elif following not in path:
                found += walk([*path, following])
        return found

    return [cycle for start in graph for cycle in walk([start])]


def test_the_vocabulary_needs_only_the_standard_library() -> None:
    """`model` imports nothing else but the words for severity, which import nothing of ours."""
    model = imports(PACKAGE / "core" / "model.py")
    own = {name for name in model if name.startswith("conformance.core.severity")}
    needed = (model - own) | packages(PACKAGE / "core" / "severity.py")

    assert {name.partition(".")[0] for name in needed} <= set(sys.stdlib_module_names)


@pytest.mark.parametrize("file", MODULES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_a_module_is_short_and_says_what_it_is(file: Path) -> None:
    """A module has a docstring and at most 250 lines, a file of checks at most 200."""
    text = file.read_text(encoding="utf-8")
    lines = len(text.splitlines())

    assert ast.get_docstring(ast.parse(text))
    assert lines <= (200 if file in CHECKS else 250)


def test_the_map_names_every_room() -> None:
    """ARCHITECTURE.md shows every room."""
    text = (PACKAGE.parent / "ARCHITECTURE.md").read_text(encoding="utf-8")

    assert [] == [name for name in MAY_IMPORT if f"{name}/" not in text]


def test_cycles_are_found() -> None:
    """The finder of cycles finds one, so that finding none means something."""
    graph = {"a": {"b"}, "b": {"c"}, "c": {"a"}}

    assert [list(pair) for pair in pairwise("abca")] == [
        list(pair) for pair in pairwise(cycles(graph)[0])
    ]
