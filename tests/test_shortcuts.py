"""What only saves time changes nothing that is observed."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from conformance.core import releases
from conformance.releases import environments, suite_copy
from conformance.run import catalogue
from tests.support import runs

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.thorough  # all checks twice
RELEASES = ("0.5.1", "0.7.1", "ogx==1.5.0")
IN_PROCESS = "conformance and not process and not slow"


@pytest.mark.parametrize("name", RELEASES)
def test_shortcuts_change_no_observation(name: str, tmp_path: Path) -> None:
    """Every check observes the same with late routes and one certificate as without.

    Each release is asked the checks of every third topic: all of them would take a quarter of an
    hour.
    """
    environment = environments.prepare(releases.find(name))
    if environment.not_installable:
        pytest.skip("no package index can be reached, and the environment is not there yet")
    slugs = sorted(catalogue.topics(releases.reference()))[RELEASES.index(name) :: len(RELEASES)]
    chosen = [f"--conformance-check={slug}/*" for slug in slugs]
    quick = observed(environment.python, tmp_path / "quick.json", *chosen)
    plain = observed(environment.python, tmp_path / "plain.json", *chosen, "--conformance-plain")

    assert len(quick) > 100
    assert quick == plain


def observed(python: str, report: Path, *options: str) -> dict[str, tuple[str, str]]:
    """Run checks in an environment; return verdict and outcome by check.

    Those that start a server of their own are left out: no shortcut reaches it.
    """
    subprocess.run(  # noqa: S603 - our own command
        suite_copy.command(python, "-m", IN_PROCESS, f"--conformance-json={report}", *options),
        cwd=report.parent,
        env=suite_copy.variables(),
        stdout=subprocess.DEVNULL,
        timeout=2 * runs.LIMIT_S,
        check=False,
    )
    rows = json.loads(report.read_text(encoding="utf-8"))["checks"]
    return {row["id"]: (row["verdict"], row["observed"]) for row in rows}
