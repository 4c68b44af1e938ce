"""What depends on the libraries below a release is tested with the newest release's as well."""

from __future__ import annotations

import subprocess

import pytest

from conformance.core import releases
from conformance.releases import environments, suite_copy
from tests.support.runs import ROOT

PLAIN = (
    *("-q", "-rA", "--noconftest", "-o", "addopts="),
    *("-p", "no:cacheprovider", "-p", "pytest_asyncio.plugin", "-p", "tests.support.started"),
)
RECORDING = ("tests/test_cassettes.py", "-k", "replayed or same_cassette")
LATE_ROUTES = ("tests/test_late_routes.py",)


@pytest.mark.parametrize(
    ("tests", "among"),
    [
        (RECORDING, "test_what_is_recorded_is_replayed[plain-openai-httpx2]"),
        (LATE_ROUTES, "test_newer_fastapi_is_left_alone"),
    ],
    ids=["httpx2", "late-routes"],
)
def test_with_the_newest_libraries(tests: tuple[str, ...], among: str) -> None:
    """The SDK there speaks httpx2, and FastAPI is one that copies no routes: none is made late."""
    newest = environments.prepare(releases.known()[-1])
    if newest.not_installable:
        pytest.skip("no package index can be reached, and the environment is not there yet")
    done = subprocess.run(  # noqa: S603 - our own tests
        [newest.python, "-m", "pytest", *tests, *PLAIN],
        cwd=ROOT,
        env=suite_copy.variables() | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout
    assert among in done.stdout
