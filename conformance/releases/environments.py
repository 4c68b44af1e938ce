"""Makes an environment for every release: as it was released, or as it installs today.

Of today there are two: `today` has the release alone, `pinned` also what `releases.toml` says to
pin, without which most releases cannot be imported.

Environments are kept in `.cache/environments/` of a checkout, else in the user's cache directory.
Beside each stands what it was made of and what was found in it, so it is made once, and those of
today once a day.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from functools import cache
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path
from typing import TYPE_CHECKING, Any

from packaging.requirements import Requirement

from conformance.core import releases
from conformance.releases import suite_copy

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.core.releases import Release

LIMIT_S = 900.0  # an installation downloads some 150 MB
PROBE_LIMIT_S = 90.0
LATE = "timed out after"

# What a release needs was there when it was published; the tools that test it are today's.
TOOLS = ("pytest", "pytest-asyncio", "vcrpy")
RELEASED, TODAY, PINNED = "released", "today", "pinned"
FAR = "2099-01-01T00:00:00Z"
UPLOAD = timedelta(hours=1)  # the parts of a release are uploaded one after the other


class EnvironmentsError(Exception):
    """No environment can be made here at all; the message is for a person."""


@dataclass(frozen=True, slots=True)
class Environment:
    """A release's environment: its interpreter, its packages, and what is wrong with it."""

    python: str
    packages: tuple[str, ...] = ()
    not_installable: str | None = None
    not_importable: str | None = None
    boots_nothing: str | None = None

    @property
    def fingerprint(self) -> str:
        """A digest of all that is installed."""
        return hashlib.sha256("\n".join(self.packages).encode()).hexdigest()[:16]


@cache
def uv() -> str:
    """Return a uv that works: the one beside this interpreter, else the one on PATH.

    Raises `EnvironmentsError` if neither does. Being on PATH is not enough: version managers put
    stand-ins there that only complain.
    """
    for found in (str(Path(sys.executable).with_name("uv")), shutil.which("uv")):
        if found and _works(found):
            return found
    raise EnvironmentsError("no working uv; install it: pip install uv")


def _works(program: str) -> bool:
    try:
        done = subprocess.run([program, "--version"], capture_output=True, check=False)  # noqa: S603 - asked what it is
    except OSError:
        return False
    return done.returncode == 0


def _say_nothing(_line: str) -> None:
    pass


def prepare(
    release: Release, resolve: str = RELEASED, say: Callable[[str], None] = _say_nothing
) -> Environment:
    """Return the release's environment; make it if it is not there. Never raises for a release.

    `say` takes a line about what is being made. Raises `EnvironmentsError` if uv does not work.
    """
    name = f"{release.distribution}-{release.version}"
    name += "" if resolve == RELEASED else f"-{resolve}"
    place = suite_copy.cache_directory() / "environments" / name
    note = place.with_name(f"{name}.json")
    arguments = recipe(release, resolve)
    basis = [*arguments, *([] if resolve == RELEASED else [date.today().isoformat()])]  # noqa: DTZ011 - the user's day
    kept = _kept(note, basis)
    if kept is not None and Path(kept.python).exists() and not _is_late(kept):
        return kept
    place.parent.mkdir(parents=True, exist_ok=True)
    say(f"{release}: installing about 100 packages, about 30 s")
    made = _made(release, place, arguments)
    if made.not_installable is None:  # what failed may have been the network: tried again
        noted = json.dumps({"recipe": basis, "environment": asdict(made)}, indent=1)
        note.write_text(noted + "\n", encoding="utf-8")
    return made


def simple(place: Path, arguments: list[str]) -> str:
    """Return the interpreter of an environment made once by `uv pip install` with these arguments.

    Raises `EnvironmentsError` if it cannot be made.
    """
    python, note = place / "bin" / "python", place.with_name(f"{place.name}.json")
    if _noted(note) == arguments and python.exists():
        return str(python)
    place.parent.mkdir(parents=True, exist_ok=True)
    make = ["venv", "--quiet", "--clear", "--python", sys.executable, str(place)]
    for step in (make, ["pip", "install", "--quiet", "--python", str(python), *arguments]):
        done = _run([uv(), *step], LIMIT_S)
        if done.returncode:
            raise EnvironmentsError(f"{place.name}: {_last(done.stderr)}")
    note.write_text(json.dumps(arguments) + "\n", encoding="utf-8")
    return str(python)


def _noted(note: Path) -> Any:
    try:
        return json.loads(note.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def recipe(release: Release, resolve: str) -> list[str]:
    """Return the arguments of `uv pip install` that make a release's environment."""
    needs = [str(need) for need in needed()]
    this = f"{release.distribution}=={release.version}"
    facts = releases.facts(release)
    if resolve != RELEASED or release.published is None:
        pins = facts.pins if resolve == PINNED else ()
        named = (pin if "<" in pin else f"{pin}=={release.version}" for pin in pins)
        return [this, *named, *needs, "--upgrade"]  # also of an environment made on another day
    companions = facts.companions
    exempt = [release.distribution, *companions, *TOOLS]
    moment = (release.published + UPLOAD).strftime("%Y-%m-%dT%H:%M:%SZ")
    return [
        *(this, *(f"{name}=={release.version}" for name in companions), *needs),
        *("--exclude-newer", moment),
        *(word for name in exempt for word in ("--exclude-newer-package", f"{name}={FAR}")),
    ]


def needed() -> list[Requirement]:
    """Return what the suite itself needs."""
    try:
        declared = [Requirement(text) for text in requires("llama-stack-conformance") or ()]
    except PackageNotFoundError as error:
        raise EnvironmentsError("the suite is not installed here; `make venv` does it") from error
    return [need for need in declared if need.marker is None]


def _kept(note: Path, basis: list[str]) -> Environment | None:
    try:
        noted: dict[str, Any] = json.loads(note.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if noted.get("recipe") != basis:
        return None
    fields = noted["environment"]
    return Environment(**fields | {"packages": tuple(fields["packages"])})


def _is_late(environment: Environment) -> bool:
    """Return whether nothing is known but that a busy machine took too long to import it."""
    return (environment.not_importable or "").startswith(LATE)


def _made(release: Release, place: Path, arguments: list[str]) -> Environment:
    python = place / "bin" / "python"
    make = ["venv", "--quiet", "--clear", "--python", sys.executable, str(place)]
    steps = [] if python.exists() else [make]
    steps.append(["pip", "install", "--quiet", "--python", str(python), *arguments])
    for step in steps:
        done = _run([uv(), *step], LIMIT_S)
        if done.returncode:
            return Environment(str(python), not_installable=_last(done.stderr))
    frozen = _run([uv(), "pip", "freeze", "--quiet", "--python", str(python)], LIMIT_S)
    importable, boots = _probed(release, python)
    return Environment(str(python), tuple(frozen.stdout.split("\n")), None, importable, boots)


def inside(
    python: str, module: str, *arguments: str, limit: float
) -> subprocess.CompletedProcess[str]:
    """Run a module of this suite under an environment's interpreter; return what it printed.

    `module` is below `conformance`. After `limit` seconds it is ended, with status 1.
    """
    return _run([python, "-m", f"conformance.{module}", *arguments], limit)


def _probed(release: Release, python: Path) -> tuple[str | None, str | None]:
    names = release.distribution, release.version
    done = inside(str(python), "releases.probe", *names, limit=PROBE_LIMIT_S)
    try:
        found = json.loads(done.stdout.strip().rpartition("\n")[2])
    except ValueError:
        return _last(done.stderr), None
    return found["importable"], found["boots"]


def _run(words: list[str], limit: float) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(  # noqa: S603 - our own commands
            words,
            env=suite_copy.variables(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=limit,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(words, 1, "", f"{LATE} {limit:g} s")


def _last(text: str) -> str:
    """Return the end of what a program complained, in one line."""
    return " ".join(text.split())[-600:] or "no output"
