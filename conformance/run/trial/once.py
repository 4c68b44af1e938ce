"""Boots a config on the installed release, and says what a user would see.

`python -m conformance.run.trial.once CONFIG` prints one JSON object, an `Outcome`. No connection
leaves the process, not even to this machine: the stand-ins of the vendors answer what is asked over
HTTP, and the stores that the config names are replaced by files in a temporary home.
"""

from __future__ import annotations

import asyncio
import copy
import json
import os
import re
import shutil
import sys
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.cassettes.library import Library
from conformance.cassettes.made_up import MadeUp
from conformance.cassettes.replay import play
from conformance.core import fields, releases
from conformance.core.model import CouldNotObserveError
from conformance.run import refusals
from conformance.run import subject as subjects
from conformance.run.fixtures import boots
from conformance.run.routes import vendor_of
from conformance.run.trial import rehoused
from conformance.run.trial.packages import Missing, missing
from conformance.stack import configs
from conformance.stack.booting import boot
from conformance.stack.client import Gateway
from conformance.stack.sandbox import closed_network, process_home

if TYPE_CHECKING:
    from conformance.core.releases import Facts
    from conformance.run.subject import Subject
    from conformance.stack.booting import Stack

EVENT = re.compile(r"""'event': (?P<quote>['"])(?P<text>.*?)(?P=quote)[,}]""")
# The config does not ask for the API, or callers have to say who they are.
UNLISTED = frozenset({401, 403, 404})
LOUD = ("WARNING ", "ERROR ", "CRITICAL ")


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a start: the refusal, or None; what this machine lacks; what was seen.

    `log` has the lines from WARNING up, `asked` what left for vendors, `stores` the backends that
    were replaced by files.
    """

    failure: str | None
    lacked: str = ""
    packages: list[Missing] = field(default_factory=list)
    models: list[str] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    stores: list[str] = field(default_factory=list)


async def trial(file: Path) -> Outcome:
    """Boot a config file and return what was seen.

    Raises `ConfigError` for a file that is none, `CouldNotObserveError` if no stack can be booted.
    """
    facts = releases.facts(releases.installed())
    own = subjects.of_config(file, os.environ)
    config, stores = rehoused.config(copy.deepcopy(own.config))
    with tempfile.TemporaryDirectory() as directory, _vendors(own, directory) as tape:
        home, cwd = Path(directory) / "home", Path(directory) / "work"
        home.mkdir()
        cwd.mkdir()
        source = boots.as_it_is(own, config, home, cwd)
        async with (
            boot(source, facts, home, cwd, own.variables) as stack,
            Gateway(facts.header, app=stack.app) as gateway,
        ):
            asked = [f"{sent.method} {sent.url}" for sent in tape.sent]
            models = [] if stack.failure else await _models(gateway)
        seen = _seen(stack, facts, own)
        outcome = Outcome(**seen, models=models, asked=list(dict.fromkeys(asked)), stores=stores)
        return _cleaned(outcome, own, {str(home): "~", str(cwd): "."})


async def _models(gateway: Gateway) -> list[str]:
    """Return the models that are listed; none if there is no list, or none for strangers."""
    answer = await gateway.models()
    return [] if answer.status in UNLISTED else await gateway.model_ids()


def _vendors(own: Subject, directory: str) -> Any:
    library = Library(Path(directory) / "no-cassettes")
    return play(library, None, MadeUp(vendor_of, [each.vendor_model for each in own.routes]))


def _seen(stack: Stack, facts: Facts, own: Subject) -> dict[str, Any]:
    loud = (_told(line, facts.module) for line in stack.log if line.startswith(LOUD))
    failure = stack.failure and " ".join(str(stack.failure).split())
    refusal = refusals.read(failure or "")
    package = refusals.package(failure or "")
    return {
        "failure": failure,
        "lacked": refusal.lacked,
        "packages": missing(own.config, facts, package) if package else [],
        "log": list(dict.fromkeys(loud)),
    }


def _cleaned(outcome: Outcome, own: Subject, places: dict[str, str]) -> Outcome:
    """Return an outcome without secrets, and without the temporary directories."""

    def cleaned(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: cleaned(child) for name, child in value.items()}
        if isinstance(value, list):
            return [cleaned(child) for child in value]
        if not isinstance(value, str):
            return value
        for place, name in places.items():
            value = value.replace(place, name)
        return fields.concealed(value, own.secrets)

    return Outcome(**cleaned(asdict(outcome)))


def _told(line: str, module: str) -> str:
    """Return what a log line says, without what differs between two runs or by name alone.

    From 0.8.0 on a message is a mapping, with a time in it; `event` is what is said.
    """
    head, _, text = line.partition("\n")[0].partition(": ")
    event = EVENT.search(text)
    return f"{head.replace(f' {module}.', ' ')}: {event['text'] if event else text}"


def main(file: Path) -> str:
    """Return what a trial of a config file prints."""
    try:
        with closed_network(everything=True):
            found = asdict(asyncio.run(trial(file)))
    except (CouldNotObserveError, configs.ConfigError) as error:
        found = {"unobserved": fields.concealed(str(error))}
    return json.dumps(found)


if __name__ == "__main__":
    sys.stdout.write("\n" + main(Path(sys.argv[1])) + "\n")
    sys.stdout.flush()
    shutil.rmtree(process_home(), ignore_errors=True)  # Python's own end would, and has no turn
    os._exit(0)  # the first releases leave worker threads behind that never end
