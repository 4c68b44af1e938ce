"""Recording runs in this process, against vendors that are really stand-ins."""

from __future__ import annotations

import io
import shutil
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from conformance.vendors import UPSTREAMS
from conformance.vendors.server import serve
from tests.support.harness import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conformance.vendors.stand_ins import StandIns

# A scenario of a few checks in one file, which send their chats to one vendor.
FILE = ROOT / "conformance/gotchas/unlisted_models/test_unlisted_models.py"
SCENARIO = "unlisted-models"
CASSETTE = f"openai/{SCENARIO}.yaml"
KEY = f"{UPSTREAMS['openai'].key_prefix}Kd93mXw9KcB2vLdq7Zt4mXw9KcB2vL"


def run(cassettes: Path, *options: str, file: Path = FILE) -> tuple[int, str]:
    """Run checks with the options; return the exit status and all that was printed."""
    settings = ("-c", str(ROOT / "pyproject.toml"), "--rootdir", str(ROOT), "-o", "addopts=")
    plugins = ("-p", "no:cacheprovider", "-p", "no:hypothesispytest")
    arguments = [*settings, *plugins, f"--conformance-cassettes={cassettes}", *options]
    with redirect_stdout(io.StringIO()) as printed, redirect_stderr(printed):
        status = pytest.main([*arguments, str(file)])
    return int(status), printed.getvalue()


def recorded(output: str) -> list[str]:
    """Return what a run said about each cassette."""
    _, _, section = output.rpartition(" recording ===")
    lines = section.splitlines()[1:]
    return [line.strip() for line in lines if line and not line.startswith("=")]


def old_cassettes(target: Path) -> Path:
    """Copy the suite's cassettes of the scenario, with words that no stand-in would say today."""
    target.mkdir()
    for file in (ROOT / "cassettes").glob(f"*/{SCENARIO}.yaml"):
        copied = target / file.parent.name / file.name
        copied.parent.mkdir(exist_ok=True)
        shutil.copy(file, copied)
        copied.write_text(copied.read_text().replace("stand-in.", "vendor of old."))
    return target


@contextmanager
def vendors(monkeypatch: pytest.MonkeyPatch, directory: Path) -> Iterator[StandIns]:
    """Let stand-ins be the vendors themselves, as far as a run can tell; `run` must be told.

    The directory becomes the working directory, without any key in it or in the environment.
    """
    with serve() as stand_ins:
        text = (ROOT / "run.yaml").read_text()
        for name, upstream in list(UPSTREAMS.items()):
            text = text.replace(upstream.origin, stand_ins.base[name])
            monkeypatch.setitem(UPSTREAMS, name, replace(upstream, origin=stand_ins.base[name]))
            monkeypatch.delenv(upstream.key_variable, raising=False)
        (directory / "run.yaml").write_text(text)
        monkeypatch.chdir(directory)
        yield stand_ins
