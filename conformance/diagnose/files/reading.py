"""Reads what the user named: files, directories and standard input, and what these lead to."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.diagnose.files import forms, sources, surroundings, tabs, wording
from conformance.diagnose.files.sources import Problem, problem
from conformance.diagnose.output import showing
from conformance.judge.finding import Effect, Finding, Level

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conformance.diagnose.files.forms import Config
    from conformance.diagnose.files.sources import Source

STDIN = "-"
SUFFIXES = frozenset({".yaml", ".yml", ".json"})
_SKIPPED = frozenset({".git", ".venv", "node_modules", "__pycache__", ".cache", ".tox"})


@dataclass(slots=True)
class Read:
    """All configs that were found, what could not be read, and the variables found beside them."""

    configs: list[Config] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    variables: dict[str, str] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)  # by file; standard input is read once
    others: int = 0  # files of directories that hold no config
    around: list[tuple[Path, dict[str, str]]] = field(default_factory=list)  # what those set, where

    def variables_of(self, file: str) -> dict[str, str]:
        """Return the variables that are given for a file: the nearest ones count.

        First come those of files that the user named, then those of files beside it or above it.
        """
        found = dict(self.variables)
        if file != STDIN:
            home = Path(file).resolve()
            nearest = sorted(self.around, key=lambda each: len(each[0].parts), reverse=True)
            for directory, variables in nearest:
                if home.is_relative_to(directory):
                    found = variables | found
        return found

    def nothing(self, paths: Sequence[str]) -> str:
        """Return that no path holds a config; some may give the variables of one."""
        alone = ", only variables for one: name the config as well" if self.variables else ""
        return f"no config in {', '.join(paths)}{alone}"


def read(paths: Sequence[str]) -> Read:
    """Read all paths; `-` is standard input. Whatever cannot be read becomes a problem."""
    found = Read()
    seen: set[Path] = set()
    for path in paths:
        if path != STDIN and Path(path).is_dir():
            for file in _files(Path(path)):
                _add(found, str(file), seen, named=False)
        else:
            _add(found, path, seen, named=True)
    return found


def _files(directory: Path) -> Iterator[Path]:
    for root, directories, names in os.walk(directory):
        directories[:] = sorted(set(directories) - _SKIPPED)
        yield from (Path(root, name) for name in sorted(names) if Path(name).suffix in SUFFIXES)


def _add(found: Read, path: str, seen: set[Path], *, named: bool) -> None:
    try:
        if path != STDIN:
            real = Path(path).resolve()
            if real in seen:
                return
            seen.add(real)
        raw = _standard_input() if path == STDIN else Path(path).read_bytes()
    except (OSError, ValueError) as error:
        what = f"cannot be read: {getattr(error, 'strerror', None) or error}"
        found.problems.append(problem(path, "unreadable", what))
        return
    source = sources.source(path, raw)
    configs = [
        config for document in source.documents for config in forms.configs(document, named=named)
    ]
    least = 1 if named and not configs else 2
    broken = [found for each in source.documents for found in forms.unreadable(each, least)]
    if not named and not configs and not broken and not _meant_as_config(source):
        found.others += 1
        given = _variables(found, source, path)
        found.around += [(Path(path).resolve().parent, given)] if given else []
        return
    found.configs += configs
    found.texts[path] = source.text
    found.problems += [*source.problems, *broken, *_remarks(source, configs)]
    led = _follow(found, source, path, seen)
    if named and not configs and not led and not source.problems and not broken:
        found.problems.append(_nothing(source, path))


def _standard_input() -> bytes:
    """Read all of it; a closed one, which Python has as None, is empty."""
    return sys.stdin.buffer.read() if sys.stdin else b""


def _meant_as_config(source: Source) -> bool:
    """Tell whether a file that cannot be read, in a directory, is likely to be a config."""
    return bool(source.problems) and forms.signs(source.text) > 1


def _follow(found: Read, source: Source, path: str, seen: set[Path]) -> bool:
    """Take the variables of a file, and the configs in files that it mounts or generates."""
    directory = _directory(path)
    found.variables |= (variables := _variables(found, source, path))
    led = bool(variables)
    for document in source.documents:
        for file in sorted(surroundings.neighbours(document.composed.root.data, directory)):
            _add(found, str(file), seen, named=False)
            led = True
    return led


def _directory(path: str) -> Path:
    return Path.cwd() if path == STDIN else Path(path).parent


def _variables(found: Read, source: Source, path: str) -> dict[str, str]:
    """Return the variables that a file gives; an environment file that it names may be bad."""
    given: dict[str, str] = {}
    for document in source.documents:
        try:
            given |= surroundings.variables(document.composed.root.data, _directory(path))
        except surroundings.EnvFileError as error:
            found.problems.append(replace(problem(path, "unreadable", str(error)), fatal=False))
    return given


def _nothing(source: Source, path: str) -> Problem:
    if not source.documents:
        return problem(path, "no-config", "the file is empty")
    what = forms.what_it_is(source.documents[0].composed.root.data)
    return problem(path, "no-config", f"no config in it: {what}")


def _remarks(source: Source, configs: list[Config]) -> Iterator[Problem]:
    """Yield what is odd about a file that can still be judged."""
    for config in configs:
        at = forms.template_at(config)
        if at is not None:
            yield _remark(
                config, at, "unrendered-template", Effect.NOT_CHECKED, "a template is not rendered"
            )
        tab = None if config.prefix else tabs.refused(config.text)
        if tab is not None:
            yield _remark(config, tab, "not-yaml", Effect.REFUSED, wording.TAB, level=Level.ERROR)
        for node in config.duplicates:
            what = f"`{node.data}` stands twice in one mapping; the stack takes the last"
            yield _remark(config, node.start, "duplicate-key", Effect.IGNORED, what)
    plain = [config for config in configs if not config.name and not config.prefix]
    if plain and len(source.documents) > 1:
        what = "the file has several documents; the stack reads a file only if it has one"
        yield _remark(plain[0], (0, 0), "several-documents", Effect.REFUSED, what)


def _remark(  # noqa: PLR0913 - the parts of a finding
    config: Config,
    at: tuple[int, int],
    id_: str,
    effect: Effect,
    what: str,
    *,
    level: Level = Level.WARNING,
) -> Problem:
    line, column = config.place(at)
    finding = Finding(id=id_, level=level, effect=effect, path=(), what=what)
    shown = showing.Mask(config.lines, config.root).line(at[0])
    return Problem(config.file, line, column, finding, shown, fatal=False)
