"""No check knows how the suite's own config names its providers."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from conformance.releases import suite_copy

if TYPE_CHECKING:
    from pathlib import Path

NAMES = {"openai-mini": "second", "openai": "first", "gemini": "third", "anthropic": "fourth"}


@pytest.mark.thorough
def test_providers_may_have_other_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With other provider ids in the suite's own `run.yaml` every check observes the same."""
    renamed = tmp_path / "suite"
    shutil.copytree(suite_copy.source(), renamed)
    file = renamed / "run.yaml"
    text = file.read_text(encoding="utf-8")
    for old, new in NAMES.items():
        text = text.replace(f"provider_id: {old}\n", f"provider_id: {new}\n")
    file.write_text(text, encoding="utf-8")
    monkeypatch.setattr(suite_copy, "source", lambda: renamed)
    report = tmp_path / "report.json"

    command = suite_copy.command(
        sys.executable, f"--conformance-json={report}", "-m", "conformance"
    )
    subprocess.run(command, env=suite_copy.variables(), cwd=tmp_path, check=False)  # noqa: S603 - ours

    rows = json.loads(report.read_text(encoding="utf-8"))["checks"]
    others = {row["id"] for row in rows if row["verdict"] not in {"as-expected", "not-applicable"}}
    assert set() == others
    assert len(rows) > 1000
