"""Tries clients against a release: its own server command, stand-ins as vendors, real sockets."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import yaml

from conformance import PACKAGE, shipped
from conformance.core import groups, releases
from conformance.core.needs import CHAT, PASSTHROUGH, lacking
from conformance.releases import clients, environments
from conformance.releases.client_results import OK, Seen
from conformance.releases.environments import EnvironmentsError
from conformance.stack import configs, ports
from conformance.stack.entry import variable
from conformance.vendors import STAND_IN_KEYS, UPSTREAMS
from conformance.vendors.server import serve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from conformance.core.releases import Facts, Release
    from conformance.releases.clients import Client

SCRIPT = PACKAGE / "releases" / "client_inside.py"
START_S, USE_S, PAUSE_S = 90.0, 900.0, 0.2
HOST = "127.0.0.1"
MODEL, EMBEDDING = "openai/gpt-4o", "openai/text-embedding-3-small"


class TrialError(Exception):
    """A server or a client did not run; the message says why, in one line."""


@dataclass(frozen=True, slots=True)
class Running:
    """A release's server: where it answers, and its process."""

    url: str
    pid: int


def measure(
    chosen: Iterable[Release], say: Callable[[str], None]
) -> Iterator[tuple[str, dict[str, Seen]]]:
    """Yield each release with what every kind of client sees of it.

    A release from which no chat goes to a vendor is left out. Raises `TrialError` and
    `EnvironmentsError`.
    """
    with serve() as stand_ins:
        for release in chosen:
            if reason := unasked(release):
                say(f"{release}: not asked: {reason}")
                continue
            found = _tried(release, stand_ins.base)
            say(f"{release}: {summary(found)}")
            yield str(release), found


def unasked(release: Release) -> str:
    """Return why no client is tried with a release, or "" if clients are."""
    return release.broken or lacking({PASSTHROUGH, CHAT}, release)


def summary(found: Mapping[str, Seen]) -> str:
    """Return in a few words how many uses of each client are answered as they should be."""
    return "; ".join(f"{k}: {s.uses - len(s.failed)} of {s.uses}" for k, s in found.items())


def _tried(release: Release, base: Mapping[str, str]) -> dict[str, Seen]:
    with server(release, base) as running:
        return {
            client.kind: seen(client, use(client, running.url, release))
            for client in clients.of(release)
        }


def seen(client: Client, results: Mapping[str, str]) -> Seen:
    """Return results by use as they are kept. Raises `TrialError` for one that came too late."""
    if late := [use for use, result in results.items() if "Timeout" in result]:
        raise TrialError(f"{client}: timed out: {', '.join(late)}; is this machine busy?")
    failed = {use: result for use, result in results.items() if result != OK}
    return Seen(str(client), len(results), failed)


def use(client: Client, url: str, release: Release) -> dict[str, str]:
    """Return what a client sees of the gateway at a URL, by use and kind.

    Raises `TrialError` if the client says nothing, and `EnvironmentsError` if it is not there.
    """
    header = releases.facts(release).header
    told = {
        "module": client.module,
        "url": url,
        "headers": _data(header, STAND_IN_KEYS["openai"]),
        "wrong": _data(header, "no-key-of-this-vendor"),
        "model": MODEL,
        "embedding": EMBEDDING,
    }
    try:
        done = subprocess.run(  # noqa: S603 - our own command
            [clients.python(client), "-I", str(SCRIPT), json.dumps(told)],
            env={"PATH": os.environ["PATH"], "HOME": "/nonexistent"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=USE_S,
            check=False,
        )
        found: dict[str, str] = json.loads(done.stdout.strip().rpartition("\n")[2])
    except subprocess.TimeoutExpired as error:
        raise TrialError(f"{client}: timed out after {USE_S:g} s") from error
    except ValueError as error:
        last = " ".join(done.stderr.split())[-300:]
        raise TrialError(f"{client}: {last or 'no output'}") from error
    return found


def _data(header: str, key: str) -> dict[str, str]:
    origin = UPSTREAMS["openai"].origin  # the provider's `base_url` comes first
    return {header: json.dumps({"passthrough_url": origin, "passthrough_api_key": key})}


@contextmanager
def server(
    release: Release, base: Mapping[str, str], settings: Mapping[str, str] | None = None
) -> Iterator[Running]:
    """Run a release's own server command on loopback; yield it once it answers.

    `settings` are variables of the stack, without the prefix of the release. Raises `TrialError`
    if it does not answer, and `EnvironmentsError`.
    """
    environment = environments.prepare(release)
    trouble = environment.not_installable or environment.not_importable
    if trouble:
        raise EnvironmentsError(f"{release}: {trouble}")
    facts = releases.facts(release)
    own = {variable(facts, name): value for name, value in (settings or {}).items()}
    temporary = tempfile.TemporaryDirectory(prefix="conformance-clients-")
    with ports.reserved() as port, temporary as directory:
        home = Path(directory)
        file = _config(facts, base, home)
        log = home / "log"
        command = _command(Path(environment.python).parent, facts, file, port)
        with log.open("wb") as output:
            process = subprocess.Popen(  # noqa: S603 - the release's own command
                command,
                cwd=home,
                env={"PATH": os.environ["PATH"], "HOME": str(home), **own},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            _await(process, f"http://{HOST}:{port}", log)
            yield Running(f"http://{HOST}:{port}", process.pid)
        finally:
            groups.end(process)


def _command(programs: Path, facts: Facts, file: Path, port: int) -> list[str]:
    names = (programs / name for name in ("ogx", "llama"))
    program = next(each for each in names if each.exists() and facts.module.startswith(each.name))
    return [str(program), "stack", "run", str(file), "--port", str(port)]


def _config(facts: Facts, base: Mapping[str, str], home: Path) -> Path:
    config = configs.fitted(configs.read(shipped("run.yaml")), facts)
    # Without certificates, newer releases demand a flag that confirms this.
    config["server"] = {"host": HOST, "insecure": True}
    text = yaml.safe_dump(config, sort_keys=False)
    for name, upstream in UPSTREAMS.items():
        text = text.replace(upstream.origin, base[name])
    (home / facts.directory / "distributions" / "lls-openai").mkdir(parents=True)
    (home / ".llama" / "distributions" / "lls-openai").mkdir(parents=True, exist_ok=True)
    file = home / "run.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def _await(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    until = time.monotonic() + START_S
    while time.monotonic() < until and process.poll() is None:
        try:
            if httpx.get(f"{url}/v1/health", trust_env=False).is_success:
                return
        except httpx.HTTPError:
            pass
        time.sleep(PAUSE_S)
    said = " ".join(log.read_text(encoding="utf-8", errors="replace").split())[-300:]
    raise TrialError(f"the server did not start: {said or 'no output'}")
