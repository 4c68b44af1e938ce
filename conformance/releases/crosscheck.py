"""Has a release itself start configs, and compares that with what `diagnose` says of them.

The release's own code reads, validates and starts each config in the release's environment, with
providers replaced by stubs and no network; see `started`.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from conformance.core.redaction import redact
from conformance.releases.agreement import Tally, agreement

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from conformance.core.releases import Release

    Json = dict[str, Any]

INSIDE = Path(__file__).parent / "started"
AT_ONCE = 50
LIMIT_S = 600.0
VARIABLE = re.compile(r"\$\{env\.([A-Z0-9_]+)(:\+|:=(?=\})|(?=\}))")
URL = "http://127.0.0.1:9/v1"
DATABASE = re.compile(r"(?:POSTGRES|PG|DB|REDIS|MONGO)\w*_HOST$")
NUMBER = re.compile(r"(?:^|_)(?:PORT|TTL|TIMEOUT|MAX|LIMIT|SIZE)(?:_|$)")


class CrosscheckError(Exception):
    """The release said nothing; the message is for a person."""


def placeholders(texts: Iterable[str]) -> dict[str, str]:
    """Return a value for every variable that has no default, or an empty one."""
    found: dict[str, str] = {}
    for text in texts:
        for name, sign in VARIABLE.findall(text):
            if sign != ":+":
                found[name] = _placeholder(name)
    return found


def _placeholder(name: str) -> str:
    if DATABASE.search(name):
        return "127.0.0.1"
    if name.endswith(("URL", "BASE", "HOST", "ENDPOINT")):
        return URL
    if name.endswith("VERIFY"):
        return "true"
    return "7" if NUMBER.search(name) else "some-text"


def compared(
    release: Release, python: str, configs: Mapping[str, Json], environ: Mapping[str, str]
) -> Tally:
    """Return how far the release and `diagnose` agree on configs, by their names.

    `python` is an interpreter that has the release. Raises `CrosscheckError`.
    """
    tally = Tally()
    names = list(configs)
    for start in range(0, len(names), AT_ONCE):
        chosen = names[start : start + AT_ONCE]
        seen = observed(python, [configs[name] for name in chosen], environ)
        for name, each in zip(chosen, seen, strict=True):
            tally.add(name, agreement(configs[name], each, release, environ))
    return tally


def observed(python: str, configs: Sequence[Json], environ: Mapping[str, str]) -> list[Json]:
    """Return what a release does with each config. Raises `CrosscheckError` if it says nothing."""
    with tempfile.TemporaryDirectory() as home:
        place = Path(home) / "inside"
        shutil.copytree(INSIDE, place / INSIDE.name, ignore=shutil.ignore_patterns("__pycache__"))
        files = []
        for number, config in enumerate(configs):
            files.append(place / f"{number:04}.yaml")
            files[-1].write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")
        done = subprocess.run(  # noqa: S603 - our own module
            [python, "-m", INSIDE.name, *files],
            env={**environ, "HOME": home, "PATH": os.environ["PATH"], "PYTHONPATH": str(place)},
            cwd=home,
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )
    found: list[Json] = [json.loads(line) for line in done.stdout.splitlines()]
    if len(found) != len(configs):
        raise CrosscheckError(
            f"{len(found)} answers of {len(configs)}: {redact(done.stderr[-500:])}"
        )
    return found
