"""Repairs configs: applies the cures of findings until nothing is left that can be cured."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from conformance.diagnose.files import forms, nodes, sources
from conformance.diagnose.repair import trial

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from conformance.diagnose.asked import Asked
    from conformance.diagnose.files.forms import Config
    from conformance.diagnose.repair.trial import Key
    from conformance.judge.finding import Finding, Path

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


def repaired(file: str, text: str, asked: Asked, *, named: bool = True) -> Repair:
    """Return a text with all configs in it repaired.

    Nothing is changed but what the findings of the judge that is asked cure. `named`: the user
    named this very file, so that it is taken for a config with less evidence.
    """
    result = Repair(file, text, text)
    number = 0
    while True:
        configs = _configs(file, result.after, named=named)
        if number >= len(configs):
            return result
        _repair(result, configs[number], asked)
        number += 1


def _configs(file: str, text: str, *, named: bool) -> list[Config]:
    documents = sources.source(file, text.encode()).documents
    return [config for each in documents for config in forms.configs(each, named=named)]


def _repair(result: Repair, config: Config, asked: Asked) -> None:
    text = config.text
    done: list[Finding] = []
    stuck: dict[Key, str] = {}
    for _ in range(MOST_ROUNDS):
        new, made = _one_round(text, config.prefix, stuck, asked)
        done += made
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


def _one_round(
    text: str, prefix: Path, stuck: dict[Key, str], asked: Asked
) -> tuple[str, list[Finding]]:
    """Make all cures that can be made; those that cannot are `stuck`, with the reason."""
    data = _data(text, prefix)
    cures = [each for each in asked.findings(data) if each.edits and trial.key(each) not in stuck]
    possible, withheld = trial.sift(cures, trial.objecting(data, asked))
    made, unwritten = trial.sift(possible, trial.unwritable(text, prefix))
    for each in cures:
        if why := withheld.get(trial.key(each)) or unwritten.get(trial.key(each)):
            stuck[trial.key(each)] = f"{each.id}: {each.what}; {why}"
    return trial.applied(text, prefix, made) if made else text, made


def _data(text: str, prefix: Path) -> Any:
    composed = nodes.compose(text)
    data: Any = composed.root.data if composed is not None else {}
    for step in prefix:
        data = data[step]
    return data


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
