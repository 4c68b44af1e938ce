"""Writes diagnoses for people: every finding with its line, or a table of many files."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from conformance.diagnose.diagnosis import UNSET
from conformance.diagnose.output import totals
from conformance.judge.finding import Level

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conformance.diagnose.diagnosis import Diagnosis, Remark

COLOURS = {Level.ERROR: "red", Level.WARNING: "yellow", Level.NOTE: "cyan"}
FORM = "variable-form"
NARROWEST = 40
_BOOTS = {"yes": "starts", "no": "does not start", "unsure": "start not certain"}


@dataclass(frozen=True, slots=True)
class Style:
    """How wide the output may be, and whether it has colour."""

    width: int = 80
    colour: bool = False

    def paint(self, text: str, colour: str | None, *, bold: bool = False) -> str:
        """Return a text in a colour, None for that of the terminal, if there is colour."""
        return click.style(text, fg=colour, bold=bold) if self.colour else text


def details(diagnoses: Sequence[Diagnosis], style: Style) -> str:
    """Return every diagnosis with all its findings, and the counts at the end."""
    lines: list[str] = []
    before: dict[tuple[str, str], set[tuple[str, str, str]]] = {}
    for each in diagnoses:
        seen = before.setdefault((each.file, each.name), set())
        lines += [*_heading(each, style), *_findings(each, seen, style), ""]
        seen.update(_identity(remark) for remark in each.remarks)
    return "\n".join([*lines, totals.in_words(diagnoses)])


def _identity(remark: Remark) -> tuple[str, str, str]:
    return remark.finding.id, remark.path, remark.finding.what


def _heading(diagnosis: Diagnosis, style: Style) -> Iterator[str]:
    what = diagnosis.file + (f" ({diagnosis.name})" if diagnosis.name else "")
    if diagnosis.release is None:
        yield style.paint(_cut(what, style.width), None, bold=True)
        return
    same = diagnosis.release == diagnosis.written_for
    seems = " (the one it seems written for)" if same else ""
    yield from (
        style.paint(line, None, bold=True)
        for line in _wrapped(f"{what} on {diagnosis.release}{seems}", style.width, "", "  ")
    )
    if not diagnosis.remarks:
        yield "  nothing found"


def _findings(diagnosis: Diagnosis, seen: set[tuple[str, str, str]], style: Style) -> Iterator[str]:
    new = [remark for remark in diagnosis.remarks if _identity(remark) not in seen]
    again = len(diagnosis.remarks) - len(new)
    yield from _variables([remark for remark in new if remark.finding.id == UNSET], style)
    forms = [remark for remark in new if remark.finding.id == FORM]
    for remark in new:
        if len(forms) > 1 and remark.finding.id == FORM:
            yield from _forms(forms, style) if remark is forms[0] else ()
        elif remark.finding.id != UNSET:
            yield from _finding(remark, style)
    if again:
        yield f"  and {again} of the findings above"


def _variables(remarks: Sequence[Remark], style: Style) -> Iterator[str]:
    """Yield the list of the variables that a start needs and that have no value here."""
    if not remarks:
        return
    finding = remarks[0].finding
    level = style.paint(finding.level, COLOURS[finding.level], bold=True)
    yield f"{level}: {finding.effect} [{finding.id}], any of these stops the start:"
    for remark in remarks:
        yield from _placed(remark, remark.finding.what, style)
    yield from _wrapped(f"instead: {finding.instead}", style.width, "  ", "    ")
    yield f"  more: llama-conformance explain {finding.gotcha}"


def _forms(remarks: Sequence[Remark], style: Style) -> Iterator[str]:
    """Yield the list of what was meant as a variable and stays text."""
    finding = remarks[0].finding
    level = style.paint(finding.level, COLOURS[finding.level], bold=True)
    yield f"{level}: {finding.effect} [{finding.id}], these stay text:"
    for remark in remarks:
        yield from _placed(remark, remark.finding.instead, style)
    yield f"  more: llama-conformance explain {finding.gotcha}"


def _placed(remark: Remark, text: str, style: Style) -> Iterator[str]:
    where = f"  {remark.file}:{remark.line}:{remark.column}:"
    if len(where) + len(text) + 1 > style.width:
        yield where
        yield from _wrapped(text, style.width, "    ", "    ")
    else:
        yield f"{where} {text}"


def _finding(remark: Remark, style: Style) -> Iterator[str]:
    finding = remark.finding
    level = style.paint(finding.level, COLOURS[finding.level], bold=True)
    where = f"{remark.file}:{remark.line}:{remark.column}"
    after = f"{level}: {finding.effect} [{finding.id}]"
    if len(where) + len(click.unstyle(after)) + 2 > style.width:
        yield from (f"{where}:", f"  {after}")
    else:
        yield f"{where}: {after}"
    yield from _wrapped(finding.what, style.width, "  ", "  ")
    if remark.shown.strip():
        yield from _excerpt(remark, style)
    if finding.since:
        yield from _wrapped(f"since {finding.since}", style.width, "  ", "    ")
    if finding.instead:
        yield from _wrapped(f"instead: {finding.instead}", style.width, "  ", "    ")
    if finding.gotcha:
        yield f"  more: llama-conformance explain {finding.gotcha}"


def _excerpt(remark: Remark, style: Style) -> Iterator[str]:
    """Yield the line and a caret below; a long line is cut to what is around the caret."""
    margin = f"  {remark.line:>4} | "
    room = style.width - len(margin)
    begin = max(0, min(remark.caret - room // 3, max(len(remark.shown), remark.caret + 1) - room))
    shown = "".join(
        each if each.isprintable() else " " for each in remark.shown[begin : begin + room]
    )
    caret = remark.caret - begin
    mark = "^" * max(1, min(remark.width, room - caret, len(shown) - caret))
    yield f"{margin}{shown}".rstrip()
    yield f"{' ' * (len(margin) - 2)}| {' ' * caret}" + style.paint(
        mark, COLOURS[remark.finding.level], bold=True
    )


def _wrapped(text: str, width: int, first: str, later: str) -> list[str]:
    return textwrap.wrap(
        text, max(width, NARROWEST), initial_indent=first, subsequent_indent=later,
        break_on_hyphens=False,
    )  # fmt: skip


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"…{text[1 - width :]}"


def table(diagnoses: Sequence[Diagnosis], style: Style, others: int = 0) -> str:
    """Return one row a file and release, for a directory."""
    rows = [_row(each) for each in diagnoses]
    release = max([7, *(len(row[1]) for row in rows)])
    start = max([5, *(len(row[5]) for row in rows)])
    left = style.width - release - start - 23
    name = min(left, max([4, *(len(row[0]) for row in rows)]))
    lines = []
    for row in [("file", "release", "errors", "warn.", "notes", "start"), *rows]:
        file, on, errors, warnings, notes, boots = row
        lines.append(
            f"{_cut(file, name):<{name}}  {on:<{release}} {errors:>6} {warnings:>5} {notes:>5}"
            f"  {boots}".rstrip()
        )
    files = len({each.file for each in diagnoses})
    beside = f"; no config in {others} other{'' if others == 1 else 's'}" if others else ""
    ending = f"{files} file{'' if files == 1 else 's'}{beside}"
    return "\n".join([*lines, "", ending, totals.in_words(diagnoses)])


def _row(diagnosis: Diagnosis) -> tuple[str, str, str, str, str, str]:
    number = [str(diagnosis.count(level)) for level in totals.LEVELS]
    name = diagnosis.file + (f" ({diagnosis.name})" if diagnosis.name else "")
    boots = _BOOTS[diagnosis.boots] if diagnosis.release else diagnosis.remarks[0].finding.id
    return name, diagnosis.release or "-", *number, boots  # type: ignore[return-value]
