"""Repairs configs: applies the cures of findings until nothing is left that can be cured."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from conformance.diagnose.files import forms, nodes, sources
from conformance.diagnose.repair import splicing
from conformance.diagnose.repair.edits import CannotApplyError
from conformance.judge.finding import Effect, Level

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Any

    from conformance.diagnose.files.forms import Config
    from conformance.judge.finding import Edit, Finding

    Find = Callable[[Mapping[str, Any]], list[Finding]]

MOST_ROUNDS = 20  # a cure can bring up another fault; more rounds than this are a circle


@dataclass(slots=True)
class Repair:
    """A file before and after its repair; `left` says what could not be repaired, and why."""

    file: str
    before: str
    after: str
    done: list[Finding] = field(default_factory=list)
    left: list[str] = field(default_factory=list)

    @property
    def changed(self) -> bool:
        """Whether the file has to be written."""
        return self.before != self.after


def repaired(file: str, text: str, find: Find, *, named: bool = True) -> Repair:
    """Return a text with all configs in it repaired.

    `find` returns the findings of a config; nothing but what they cure is changed. `named`: the
    user named this very file, so that it is taken for a config with less evidence.
    """
    result = Repair(file, text, text)
    number = 0
    while True:
        configs = _configs(file, result.after, named=named)
        if number >= len(configs):
            return result
        _repair(result, configs[number], find)
        number += 1


def _configs(file: str, text: str, *, named: bool) -> list[Config]:
    documents = sources.source(file, text.encode()).documents
    return [config for each in documents for config in forms.configs(each, named=named)]


def _repair(result: Repair, config: Config, find: Find) -> None:
    text = config.text
    done: list[Finding] = []
    stuck: dict[tuple[Any, ...], str] = {}
    for _ in range(MOST_ROUNDS):
        data = _data(text, config.prefix)
        fixable = [each for each in find(data) if each.edits and _key(each) not in stuck]
        if not fixable:
            break
        new, applied = _one_round(text, config, fixable, stuck, find)
        done += applied
        if new == text:
            break
        text = new
    if text != config.text:
        if config.exact:
            result.after = _put_back(result.after, config, text)
            result.done += done
        else:
            where = f"{config.name}, line {config.place((0, 0))[0]}"
            result.left.append(f"{where}: its text is quoted or folded; repair it by hand")
    result.left += stuck.values()


def _key(finding: Finding) -> tuple[Any, ...]:
    return finding.id, finding.path, finding.what


def _incurable(text: str, prefix: Sequence[str | int], find: Find) -> set[str]:
    """Return what a release refuses of a text, and no cure mends."""
    found = [each for each in find(_data(text, prefix)) if each.level is Level.ERROR]
    return {each.what for each in found if each.effect is Effect.REFUSED and not each.edits}


def _data(text: str, prefix: Sequence[str | int]) -> Any:
    composed = nodes.compose(text)
    data: Any = composed.root.data if composed is not None else {}
    for step in prefix:
        data = data[step]
    return data


def _one_round(
    text: str,
    config: Config,
    fixable: list[Finding],
    stuck: dict[tuple[Any, ...], str],
    find: Find,
) -> tuple[str, list[Finding]]:
    """Apply all cures at once, or, if that does not work, those that do one by one.

    What was ignored stays where it is if the release, once it reads it, refuses it.
    """
    place = partial(_placed, prefix=config.prefix)
    try:
        edits = [place(edit) for finding in fixable for edit in finding.edits]
        new = _spliced(text, edits)
    except CannotApplyError:
        new = ""
    before = _incurable(text, config.prefix, find)
    if new and _incurable(new, config.prefix, find) <= before:
        return new, fixable
    for finding in fixable:
        try:
            new = _spliced(text, [place(edit) for edit in finding.edits])
        except CannotApplyError as error:
            stuck[_key(finding)] = f"{finding.id}: {finding.what}: {error}"
            continue
        refused = _incurable(new, config.prefix, find) - before
        if finding.effect is Effect.IGNORED and refused:
            why = min(refused)
            stuck[_key(finding)] = f"{finding.id}: {finding.what}; once it is read: {why}"
            continue
        if new != text:
            return new, [finding]
    return text, []


def _placed(edit: Edit, prefix: tuple[str | int, ...]) -> Edit:
    to = (*prefix, *edit.to) if edit.to else ()
    return replace(edit, path=(*prefix, *edit.path), to=to)


def _spliced(text: str, edits: list[Edit]) -> str:
    """Splice with line breaks of the one kind, and give back those the text had."""
    plain = text.replace("\r\n", "\n")
    if plain != text and plain.replace("\n", "\r\n") == text:
        return splicing.spliced(plain, edits).replace("\n", "\r\n")
    return splicing.spliced(text, edits)


def _put_back(whole: str, config: Config, new: str) -> str:
    """Return the text of a file with the text of one config in it replaced."""
    lines = sources.lines_of(whole)
    count = len(config.lines)
    fresh = sources.lines_of(new)
    if config.column:
        fresh = list(_indented(fresh, config.column))
    end = "\r\n" if lines and lines[0].endswith("\r\n") else "\n"
    if config.column and end == "\r\n":
        fresh = [line.replace("\n", end) for line in fresh]
    begin = config.line
    if fresh and not fresh[-1].endswith("\n") and begin + count < len(lines):
        fresh[-1] += end
    return "".join([*lines[:begin], *fresh, *lines[begin + count :]])


def _indented(lines: list[str], column: int) -> Iterator[str]:
    for line in lines:
        yield " " * column + line if line.strip() else line
