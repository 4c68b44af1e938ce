"""The house stands as its plan says."""

from __future__ import annotations

import ast
import sys
from itertools import pairwise
from pathlib import Path

import pytest

import conformance

PACKAGE = Path(conformance.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))
CHECKS = [
    file for room in ("gotchas", "gateway_checks") for file in (PACKAGE / room).glob("test_*")
]
STACK = {"llama_stack", "llama_stack_api", "llama_stack_client", "ogx", "ogx_api", "ogx_client"}


def imports(file: Path, *, top: bool = False) -> set[str]:
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
    return found


def packages(file: Path) -> set[str]:
    """Return the top-level packages a file imports."""
    return {name.partition(".")[0] for name in imports(file)}


def local(file: Path) -> set[str]:
    """Return the modules of the suite a file imports at run time, by their first name."""
    names = (name for name in imports(file, top=True) if name.startswith("conformance."))
    return {name.split(".")[1] for name in names if (PACKAGE / f"{name.split('.')[1]}.py").exists()}


def test_only_one_module_imports_the_stack() -> None:
    """No module names the stack in an import; `stack` imports it by the name in the data."""
    assert {file.name: set() for file in MODULES} == {
        file.name: packages(file) & STACK for file in MODULES
    }


def test_only_one_module_imports_vcrpy() -> None:
    """Only `cassettes` imports vcrpy."""
    assert ["cassettes.py"] == [file.name for file in MODULES if "vcr" in packages(file)]


@pytest.mark.parametrize("file", CHECKS, ids=lambda file: file.stem)
def test_a_check_imports_only_its_vocabulary(file: Path) -> None:
    """A file of checks imports the vocabulary, config variants, pytest and the standard library."""
    foreign = packages(file) - set(sys.stdlib_module_names) - {"pytest", "conformance"}

    assert set() == foreign
    assert local(file) <= {"model", "configs"}


def test_imports_point_one_way() -> None:
    """No module of the suite imports, through others, itself."""
    graph = {file.stem: local(file) for file in PACKAGE.glob("*.py")}
    assert [] == list(cycles(graph))


def cycles(graph: dict[str, set[str]]) -> list[list[str]]:
    """Return the cycles of a graph, each once from every module on it."""

    def walk(path: list[str]) -> list[list[str]]:
        found = []
        for following in sorted(graph.get(path[-1], set())):
            if following == path[0]:
                found.append([*path, following])
            elif following not in path:
                found += walk([*path, following])
        return found

    return [cycle for start in graph for cycle in walk([start])]


def test_the_vocabulary_needs_only_the_standard_library() -> None:
    """`model` imports nothing else."""
    assert packages(PACKAGE / "model.py") <= set(sys.stdlib_module_names)


@pytest.mark.parametrize("file", MODULES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_a_module_is_short_and_says_what_it_is(file: Path) -> None:
    """A module has a docstring and at most 250 lines, a file of checks at most 180."""
    text = file.read_text(encoding="utf-8")
    lines = len(text.splitlines())

    assert ast.get_docstring(ast.parse(text))
    assert lines <= (180 if file in CHECKS else 250)


def test_the_map_names_every_module() -> None:
    """The package's docstring shows the way to every module and room."""
    text = conformance.__doc__ or ""
    names = [f.stem for f in PACKAGE.glob("*.py") if not f.stem.startswith("__")]
    rooms = [d.name for d in PACKAGE.iterdir() if (d / "__init__.py").exists()]

    assert [] == [name for name in [*names, *rooms] if f"`{name}" not in text]


def test_cycles_are_found() -> None:
    """The finder of cycles finds one, so that finding none means something."""
    graph = {"a": {"b"}, "b": {"c"}, "c": {"a"}}

    assert [list(pair) for pair in pairwise("abca")] == [
        list(pair) for pair in pairwise(cycles(graph)[0])
    ]
