"""Writes diagnoses as GitHub annotations and as a Markdown table: one line a finding."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.core.workflow_commands import escaped
from conformance.diagnose.output import totals

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conformance.diagnose.diagnosis import Diagnosis, Remark

_GITHUB = {"error": "error", "warning": "warning", "note": "notice"}


def github(diagnoses: Sequence[Diagnosis]) -> str:
    """Return GitHub's workflow commands, one for each finding."""
    return "\n".join(
        _annotation(diagnosis, remark) for diagnosis in diagnoses for remark in diagnosis.remarks
    )


def _annotation(diagnosis: Diagnosis, remark: Remark) -> str:
    finding = remark.finding
    title = f"{finding.id} ({diagnosis.release})" if diagnosis.release else finding.id
    message = finding.what + (f"\nInstead: {finding.instead}" if finding.instead else "")
    place = f"file={escaped(remark.file, ':,')},line={remark.line},col={remark.column}"
    command = _GITHUB[finding.level]
    return f"::{command} {place},title={escaped(title, ':,')}::{escaped(message)}"


def markdown(diagnoses: Sequence[Diagnosis]) -> str:
    """Return a table of all findings, and the counts below it."""
    lines = ["| where | release | level | what | instead |", "|---|---|---|---|---|"]
    lines += [row for each in diagnoses for row in _rows(each)]
    return "\n".join([*lines, "", totals.in_words(diagnoses)])


def _rows(diagnosis: Diagnosis) -> Iterator[str]:
    for remark in diagnosis.remarks:
        finding = remark.finding
        cells = (
            f"{remark.file}:{remark.line}",
            diagnosis.release or "",
            f"{finding.level}: {finding.effect}",
            finding.what,
            finding.instead,
        )
        yield "| " + " | ".join(map(_cell, cells)) + " |"


def _cell(text: str) -> str:
    plain = " ".join(text.split())
    for letter in "\\|<":
        plain = plain.replace(letter, f"\\{letter}")
    return plain


FORMS = {"github": github, "markdown": markdown}
