"""One run of `diagnose`: reads, judges, repairs if asked to, and prints."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from conformance.core import releases
from conformance.core.model import CouldNotObserveError
from conformance.diagnose import booting, diagnosis, needed_files
from conformance.diagnose.asked import Asked
from conformance.diagnose.files import reading, surroundings
from conformance.diagnose.output import totals
from conformance.diagnose.repair import trial
from conformance.judge.finding import Level
from conformance.schemas import reading as schemas

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from conformance.core.releases import Release
    from conformance.diagnose.asked import Judge
    from conformance.diagnose.booting import Start
    from conformance.diagnose.diagnosis import Diagnosis
    from conformance.diagnose.files.forms import Config
    from conformance.diagnose.files.reading import Read
    from conformance.diagnose.registry.comparison import Trouble
    from conformance.judge.finding import Finding

    Print = Callable[[str], Any]


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


def run(request: Request, show: Print, judge: Judge | None = None) -> int:
    """Do what was asked for and return the exit status. Raises `UsageError`."""
    judge = judge or _the_judge()
    _check(request)
    chosen = _chosen(request)
    found = reading.read(request.paths)
    environ = _environment(request, found.variables)
    if request.repairs:
        changed = _repair(request, found, _asked(request, judge, environ, chosen), show)
        if request.diff:
            return _difference(request, found, changed=changed)
        found = reading.read(request.paths)
    diagnoses, stale = diagnosis.unjudged(found.problems), []
    for config in found.configs:
        more, troubles = _registered(request, config, environ)
        stale.append((config, troubles))
        own = judge.written_for(config.data)
        for release in chosen or _defaults(own, alone=request.repairs):
            asked = Asked(judge, environ, release)
            static = trial.judged(config, asked, repaired=request.repairs)
            seen = _booted(request, config, environ, static)
            needed = needed_files.findings(config.data, release, environ)
            found_here = [*static, *needed, *more, *seen.findings]
            made = diagnosis.diagnose(config, release, own, found_here, environ)
            diagnoses.append(replace(made, came_up=seen.came_up))
    if not diagnoses:
        raise UsageError(found.nothing(request.paths))
    text = written(request, diagnoses, found.others)
    if text:
        show(text)
    for config, troubles in stale if request.forget_stale else ():
        _forget(request, config, environ, troubles)
    unable = any(problem.fatal for problem in found.problems)
    return totals.status(diagnoses, Level(request.fail_on), unable=unable)


def _difference(request: Request, found: Read, *, changed: bool) -> int:
    """Return the exit status of `--diff`, and say what could not be read."""
    if not found.configs and not found.problems:
        raise UsageError(found.nothing(request.paths))
    fatal = [problem for problem in found.problems if problem.fatal]
    for each in fatal:
        at = f"{each.file}:{each.line}:{each.column}"
        sys.stderr.write(f"{at}: not repaired: {each.finding.what}\n")
    return totals.UNABLE if fatal else totals.FOUND if changed else totals.CLEAN


def _registered(
    request: Request, config: Config, environ: Mapping[str, str]
) -> tuple[list[Finding], list[Trouble] | None]:
    """Return what is wrong with the registry of a config, if that is asked for."""
    if request.registry is None:
        return [], []
    from conformance.diagnose.registry import asking  # noqa: PLC0415 - rarely asked for

    return asking.findings(request.registry, config.data, environ)


def _forget(
    request: Request, config: Config, environ: Mapping[str, str], troubles: list[Trouble] | None
) -> None:
    from conformance.diagnose.registry import asking, contents  # noqa: PLC0415 - rarely asked for

    def say(text: str) -> None:
        sys.stderr.write(f"{text}\n")

    try:
        asking.forget(request.registry or "auto", config.data, environ, troubles, say)
    except contents.RegistryError as error:
        raise UsageError(f"nothing was removed: {error}") from error


def _booted(
    request: Request, config: Config, environ: Mapping[str, str], found: list[Finding]
) -> Start:
    """Return what a start of a config shows, if one is asked for."""
    if not request.boot:
        return booting.Start(None, ())
    try:
        return booting.start(config.text, environ, found)
    except booting.BootError as error:
        raise UsageError(f"{config.file}: {error}") from error


def _the_judge() -> Judge:
    from conformance.judge import judging  # noqa: PLC0415 - not needed for usage errors

    return judging


def _check(request: Request) -> None:
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


def _chosen(request: Request) -> list[Release]:
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


def _defaults(own: Release, *, alone: bool) -> list[Release]:
    return [own] if alone else list(dict.fromkeys([own, releases.find("latest")]))


def _environment(request: Request, beside: Mapping[str, str]) -> dict[str, str]:
    try:
        given = surroundings.env_file(request.env_file) if request.env_file else {}
    except surroundings.EnvFileError as error:
        raise UsageError(str(error)) from error
    return {**os.environ, **beside, **given}


def _asked(
    request: Request, judge: Judge, environ: Mapping[str, str], chosen: Sequence[Release]
) -> Asked:
    release = chosen[0] if chosen else None
    return Asked(judge, environ, release, migrating=bool(request.migrate))


def _repair(request: Request, found: Read, asked: Asked, show: Print) -> bool:
    from conformance.diagnose.repair import report  # noqa: PLC0415 - only if asked for

    texts = {config.file: found.texts[config.file] for config in found.configs}
    try:
        return report.run(texts, asked, show, named=request.paths, only_show=request.diff)
    except OSError as error:
        raise UsageError(f"{error.filename}: {error.strerror}") from error


def written(request: Request, diagnoses: Sequence[Diagnosis], others: int) -> str:
    """Return the diagnoses in the form asked for."""
    if request.form == "json":
        from conformance.diagnose.output import as_json  # noqa: PLC0415 - one form a run

        return as_json.text(diagnoses)
    if request.form == "sarif":
        from conformance.diagnose.output import as_sarif  # noqa: PLC0415 - as above

        return as_sarif.text(diagnoses)
    if request.form in {"github", "markdown"}:
        from conformance.diagnose.output import as_lists  # noqa: PLC0415 - as above

        return as_lists.FORMS[request.form](diagnoses)
    return _as_text(request, diagnoses, others)


def _as_text(request: Request, diagnoses: Sequence[Diagnosis], others: int) -> str:
    from conformance.diagnose.output import as_text  # noqa: PLC0415 - as above

    terminal = bool(sys.stdout) and sys.stdout.isatty()
    width = shutil.get_terminal_size().columns if terminal else 80
    style = as_text.Style(
        max(width, as_text.NARROWEST), terminal and not os.environ.get("NO_COLOR")
    )
    if "all" in request.releases or any(map(_is_directory, request.paths)):
        return as_text.table(diagnoses, style, others)
    return as_text.details(diagnoses, style)


def _is_directory(path: str) -> bool:
    return path != reading.STDIN and os.path.isdir(path)  # noqa: PTH112 - no Path is needed
