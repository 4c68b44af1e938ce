"""Has the installed release start a config, and makes findings of what only a start shows.

The start happens in a process of its own, by `conformance.run.trial.once`: this one imports no
stack.
"""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.judge.finding import Effect, Finding, Level
from conformance.judge.stages import Stage

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

TRIAL = "conformance.run.trial.once"
LIMIT_S = 120.0
LAST = Stage.SERVING + 999


class BootError(Exception):
    """No start could be tried; the message is for a person."""


@dataclass(frozen=True, slots=True)
class Start:
    """What a start showed: whether the release came up (None: nobody can tell here), and more."""

    came_up: bool | None
    findings: tuple[Finding, ...]


def start(text: str, environ: Mapping[str, str], found: Sequence[Finding]) -> Start:
    """Start a config, and return what that adds to the findings made without a start.

    Nothing of the user's is written to, and no key leaves the process. Raises `BootError`.
    """
    seen = _tried(text, environ)
    if "unobserved" in seen:
        raise BootError(seen["unobserved"])
    stopping = [one for one in found if one.stops is not None]
    findings = [*_ending(seen, stopping), *_beside(seen)]
    undecided = seen["failure"] is not None and seen["lacked"]
    return Start(None if undecided else seen["failure"] is None, tuple(findings))


def _tried(text: str, environ: Mapping[str, str]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "run.yaml"
        file.write_text(text, encoding="utf-8")
        try:
            done = subprocess.run(  # noqa: S603 - our own module
                [sys.executable, "-m", TRIAL, str(file)],
                env=dict(environ),
                cwd=place,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=LIMIT_S,
                check=False,
            )
            seen: dict[str, Any] = json.loads(done.stdout.strip().rpartition("\n")[2])
        except subprocess.TimeoutExpired as error:
            raise BootError(f"the start did not end within {LIMIT_S:g} s") from error
        except ValueError as error:
            last = done.stderr.strip().rpartition("\n")[2]
            raise BootError(f"no start could be tried: {last}; install the suite whole") from error
    return seen


def _ending(seen: Mapping[str, Any], stopping: Sequence[Finding]) -> Iterator[Finding]:
    """Yield how the start ended, where that is not what was expected of it."""
    failure = seen["failure"]
    if failure is None:
        if any(not one.hangs for one in stopping):
            ids = ", ".join(dict.fromkeys(one.id for one in stopping))
            yield _finding("boot-came-up", f"the release starts with it, against {ids}")
    elif seen["lacked"]:
        yield from _lacking(seen)
    elif stopping:
        yield _finding("boot-start-ends", f"the start ends with {failure}")
    else:
        yield Finding(
            id="start-fails",
            level=Level.ERROR,
            effect=Effect.REFUSED,
            path=(),
            what=f"the start ends with {failure}",
            stops=LAST,
        )


def _lacking(seen: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield what this machine lacks; that is no fault of the config."""
    for each in seen["packages"]:
        # A release's list has options of pip's among the names, which hold for one name only.
        words = [word for text in each["install"] for word in text.partition(" --")[0].split()]
        yield Finding(
            id="missing-package",
            level=Level.NOTE,
            effect=Effect.NOT_CHECKED,
            path=("providers", each["api"], each["index"], "provider_type"),
            what=f"`{each['kind']}` needs the package `{each['module']}`, which is not installed "
            "here; that is no fault of the config",
            instead=f"pip install {shlex.join(words)}",
        )
    if not seen["packages"]:
        yield Finding(
            id="not-started-here",
            level=Level.NOTE,
            effect=Effect.NOT_CHECKED,
            path=(),
            what=f"{seen['lacked']} ({seen['failure']})",
        )


def _beside(seen: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield what a start shows whether it comes up or not."""
    if seen["stores"]:
        names = ", ".join(f"`{name}`" for name in seen["stores"])
        yield _finding("boot-stores", f"started with files for {names}: no database is touched")
    for asked in seen["asked"]:
        yield _finding("boot-asks-vendor", f"the start asks a vendor: {asked}")
    for line in seen["log"]:
        yield _finding("boot-logs", f"logs {line}")


def _finding(finding_id: str, what: str) -> Finding:
    return Finding(id=finding_id, level=Level.NOTE, effect=Effect.SHOWN, path=(), what=what)
