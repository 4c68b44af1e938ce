"""Writes diagnoses as SARIF 2.1.0, which code scanning on GitHub and editors read."""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import PurePath
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from conformance.judge import kinds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.diagnose.diagnosis import Diagnosis, Remark

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
NAME = "llama-conformance"


def text(diagnoses: Sequence[Diagnosis]) -> str:
    """Return all diagnoses as one SARIF log."""
    return json.dumps(log(diagnoses), indent=2, ensure_ascii=False)


def log(diagnoses: Sequence[Diagnosis]) -> dict[str, Any]:
    """Return all diagnoses as one SARIF log, as plain data: one run, a rule for every id."""
    rules: dict[str, int] = {}
    results = [
        _result(diagnosis, remark, rules.setdefault(remark.finding.id, len(rules)))
        for diagnosis in diagnoses
        for remark in diagnosis.remarks
    ]
    driver = {
        "name": NAME,
        "version": version("llama-stack-conformance"),
        "rules": [_rule(id_) for id_ in rules],
    }
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(id_: str) -> dict[str, Any]:
    return {
        "id": id_,
        "shortDescription": {"text": id_.replace("-", " ")},
        "fullDescription": {"text": kinds.texts().get(id_, id_)},
    }


def _result(diagnosis: Diagnosis, remark: Remark, rule: int) -> dict[str, Any]:
    finding = remark.finding
    parts = [
        f"{diagnosis.release}: {finding.what}" if diagnosis.release else finding.what,
        f"Since {finding.since}." if finding.since else "",
        f"Instead: {finding.instead}" if finding.instead else "",
    ]
    region = {"startLine": remark.line, "startColumn": remark.column}
    if remark.shown:
        region["endColumn"] = remark.column + remark.width
    place: dict[str, Any] = {
        "physicalLocation": {"artifactLocation": {"uri": _uri(remark.file)}, "region": region}
    }
    if remark.path:
        place["logicalLocations"] = [{"fullyQualifiedName": remark.path}]
    return {
        "ruleId": finding.id,
        "ruleIndex": rule,
        "level": str(finding.level),
        "message": {"text": " ".join(part for part in parts if part)},
        "locations": [place],
        "properties": {"effect": str(finding.effect), "release": diagnosis.release or ""},
    }


def _uri(file: str) -> str:
    path = PurePath(file)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())
