"""Boots a config on the installed release, and tells what a user would see.

`python -m conformance.trial CONFIG` prints `{"failure": …, "models": […], "log": […]}`; the log
holds the lines from WARNING up. The network is closed, as everywhere in this suite: a config that
asks a vendor while it boots is told that nobody is there.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

from conformance.core import fields, releases
from conformance.core.model import CouldNotObserveError
from conformance.stack import configs
from conformance.stack.booting import boot
from conformance.stack.client import Gateway
from conformance.stack.sandbox import closed_network

VARIABLE = re.compile(r"\$\{env\.(\w+)")
EVENT = re.compile(r"""'event': (?P<quote>['"])(?P<text>.*?)(?P=quote)[,}]""")
LOUD = ("WARNING ", "ERROR ", "CRITICAL ")


async def trial(config: configs.Config) -> dict[str, Any]:
    """Return the result of a boot: the refusal or None, the models listed, the loud log lines."""
    facts = releases.facts(releases.installed())
    with tempfile.TemporaryDirectory() as directory:
        home, cwd = Path(directory) / "home", Path(directory) / "work"
        home.mkdir()
        cwd.mkdir()
        async with (
            boot(config, facts, home, cwd, variables=_variables(config)) as stack,
            Gateway(facts.header, app=stack.app) as gateway,
        ):
            models = [] if stack.failure else await gateway.model_ids()
        loud = [_told(line, facts.module) for line in stack.log if line.startswith(LOUD)]
        failure = stack.failure and " ".join(str(stack.failure).split())
        told = {"failure": failure, "models": models, "log": list(dict.fromkeys(loud))}
        text = json.dumps(told).replace(str(home), "~").replace(str(cwd), ".")
        cleaned: dict[str, Any] = json.loads(fields.concealed(text, ()))
        return cleaned


def _told(line: str, module: str) -> str:
    """Return what a log line says, without what differs between two runs or by name alone.

    From 0.8.0 on a message is a mapping, with a time in it; `event` is what is said.
    """
    head, _, text = line.partition("\n")[0].partition(": ")
    event = EVENT.search(text)
    return f"{head.replace(f' {module}.', ' ')}: {event['text'] if event else text}"


def _variables(config: configs.Config) -> dict[str, str]:
    """Return the variables of this process that the config asks for, but for the home directory."""
    names = set(VARIABLE.findall(repr(config))) - {"HOME"}
    return {name: os.environ[name] for name in names if name in os.environ}


if __name__ == "__main__":
    try:
        with closed_network():
            found = asyncio.run(trial(configs.read(Path(sys.argv[1]))))
    except (CouldNotObserveError, configs.ConfigError) as error:
        found = {"failure": str(error), "models": [], "log": []}
    sys.stdout.write("\n" + json.dumps(found) + "\n")
    sys.stdout.flush()
    os._exit(0)  # the first releases leave worker threads behind that never end
