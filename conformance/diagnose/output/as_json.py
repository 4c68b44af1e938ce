"""Writes diagnoses as JSON, in the form of `diagnosis.schema.json`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.diagnose.diagnosis import Diagnosis, Remark

SCHEMA = 1
SCHEMA_FILE = Path(__file__).with_name("diagnosis.schema.json")


def text(diagnoses: Sequence[Diagnosis]) -> str:
    """Return all diagnoses as one JSON object."""
    return json.dumps(report(diagnoses), indent=2, ensure_ascii=False)


def report(diagnoses: Sequence[Diagnosis]) -> dict[str, Any]:
    """Return all diagnoses as plain data."""
    return {"schema": SCHEMA, "files": [_file(each) for each in diagnoses]}


def _file(diagnosis: Diagnosis) -> dict[str, Any]:
    return {
        "path": diagnosis.file,
        "name": diagnosis.name,
        "written_for": diagnosis.written_for,
        "release": diagnosis.release,
        "boots": diagnosis.boots,
        "findings": [_finding(remark) for remark in diagnosis.remarks],
    }


def _finding(remark: Remark) -> dict[str, Any]:
    finding = remark.finding
    return {
        "id": finding.id,
        "level": str(finding.level),
        "effect": str(finding.effect),
        "path": remark.path,
        "file": remark.file,
        "line": remark.line,
        "column": remark.column,
        "what": finding.what,
        "since": finding.since,
        "instead": finding.instead,
        "gotcha": finding.gotcha,
        "stops": finding.stops is not None,
        "fix": remark.fixable,
    }
