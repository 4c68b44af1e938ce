"""One run of `diagnose`: reads, judges, repairs if asked to, and prints."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from conformance.core import releases
from conformance.diagnose import booting, diagnosis, needed_files, options
from conformance.diagnose.asked import Asked
from conformance.diagnose.files import reading
from conformance.diagnose.options import UsageError
from conformance.diagnose.output import totals
from conformance.diagnose.repair import trial
from conformance.judge.finding import Level

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from conformance.core.releases import Release
    from conformance.diagnose.asked import Judge
    from conformance.diagnose.booting import Start
    from conformance.diagnose.diagnosis import Diagnosis
    from conformance.diagnose.files.forms import Config
    from conformance.diagnose.files.reading import Read
    from conformance.diagnose.options import Request
    from conformance.diagnose.registry.comparison import Trouble
    from conformance.judge.finding import Finding

    Print = Callable[[str], Any]


def run(request: Request, show: Print, judge: Judge | None = None) -> int:
    """Do what was asked for and return the exit status. Raises `UsageError`."""
    options.check(request)
    chosen = options.chosen(request)
    found = reading.read(request.paths)
    asked_of = partial(_asked, judge or _the_judge(), found, options.variables(request))
    if request.repairs:
        changed = _repair(request, found, chosen, asked_of, show)
        if request.diff:
            return _difference(request, found, changed=changed)
        found = reading.read(request.paths)
    diagnoses, stale = diagnosis.unjudged(found.problems), []
    for config in found.configs:
        asked = asked_of(config.file)
        more, troubles = _registered(request, config, asked.environ)
        stale.append((config, asked.environ, troubles))
        diagnoses += _diagnosed(request, config, asked, chosen, more)
    if not diagnoses:
        raise UsageError(found.nothing(request.paths))
    text = written(request, diagnoses, found.others)
    if text:
        show(text)
    for config, environ, troubles in stale if request.forget_stale else ():
        _forget(request, config, environ, troubles)
    unable = any(problem.fatal for problem in found.problems)
    return totals.status(diagnoses, Level(request.fail_on), unable=unable)


def _asked(judge: Judge, found: Read, given: Mapping[str, str], file: str) -> Asked:
    """Return the judge as it is asked for a file, with the variables that are given for it."""
    return Asked(judge, {**os.environ, **found.variables_of(file), **given})


def _diagnosed(
    request: Request,
    config: Config,
    asked: Asked,
    chosen: Sequence[Release],
    more: Sequence[Finding],
) -> Iterator[Diagnosis]:
    """Yield a diagnosis of a config for each release; `more` was found without one."""
    own, environ = asked.judge.written_for(config.data), asked.environ
    for release in chosen or _defaults(own, alone=request.repairs):
        static = trial.judged(config, replace(asked, release=release), repaired=request.repairs)
        seen = _booted(request, config, environ, static)
        needed = needed_files.findings(config.data, release, environ)
        found = [*static, *needed, *more, *seen.findings]
        made = diagnosis.diagnose(config, release, own, found, environ)
        yield replace(made, came_up=seen.came_up)


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


def _defaults(own: Release, *, alone: bool) -> list[Release]:
    return [own] if alone else list(dict.fromkeys([own, releases.find("latest")]))


def _repair(
    request: Request,
    found: Read,
    chosen: Sequence[Release],
    asked_of: Callable[[str], Asked],
    show: Print,
) -> bool:
    from conformance.diagnose.repair import report  # noqa: PLC0415 - only if asked for

    release = chosen[0] if chosen else None
    texts = {config.file: found.texts[config.file] for config in found.configs}
    asked = {
        file: replace(asked_of(file), release=release, migrating=bool(request.migrate))
        for file in texts
    }
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
