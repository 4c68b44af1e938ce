"""What a run of `diagnose` is asked for, and whether that makes sense."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.core import releases
from conformance.core.model import CouldNotObserveError
from conformance.diagnose.files import reading, surroundings
from conformance.judge.finding import Level
from conformance.schemas import reading as schemas

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from conformance.core.releases import Release


class UsageError(Exception):
    """The request makes no sense, or something it names is not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the user asked for, as the command line has it."""

    paths: Sequence[str]
    releases: Sequence[str] = ()
    form: str = "text"
    fix: bool = False
    diff: bool = False
    migrate: str | None = None
    registry: str | None = None
    forget_stale: bool = False
    boot: bool = False
    env_file: Path | None = None
    fail_on: Level | str = Level.ERROR

    @property
    def repairs(self) -> bool:
        """Whether files are to be repaired, or their repair shown."""
        return self.fix or self.diff or self.migrate is not None


def check(request: Request) -> None:
    """Raise `UsageError` if what is asked for makes no sense."""
    if request.forget_stale and not request.registry:
        raise UsageError("--forget-stale needs --registry auto or --registry PATH")
    if (request.fix or request.migrate) and reading.STDIN in request.paths and not request.diff:
        raise UsageError("standard input cannot be repaired in place; --diff shows the repair")
    if request.repairs and (len(request.releases) > 1 or "all" in request.releases):
        raise UsageError("a file is repaired for one release; give --release once")
    if request.diff and request.form != "text":
        raise UsageError("--diff shows the repair as text; leave --format out")
    if request.migrate and request.releases:
        raise UsageError("--migrate names the release already; leave --release out")
    if request.boot and (request.migrate or list(request.releases) not in ([], ["installed"])):
        raise UsageError("--boot starts the installed release; leave --release and --migrate out")


def chosen(request: Request) -> list[Release]:
    """Return the releases asked for; none if each file has its own."""
    names = [request.migrate] if request.migrate else request.releases
    names = ["installed"] if request.boot and not names else names
    return list(dict.fromkeys(release for name in names for release in named(name)))


def named(name: str) -> list[Release]:
    """Return the releases that a name stands for. Raises `UsageError` if there is none."""
    if name == "all":
        return list(releases.known())
    try:
        return [releases.installed() if name == "installed" else schemas.find(name)]
    except (LookupError, CouldNotObserveError) as error:
        raise UsageError(str(error.args[0])) from error


def variables(request: Request) -> dict[str, str]:
    """Return the variables of the file that `--env-file` names. Raises `UsageError`."""
    try:
        return surroundings.env_file(request.env_file) if request.env_file else {}
    except surroundings.EnvFileError as error:
        raise UsageError(str(error)) from error
