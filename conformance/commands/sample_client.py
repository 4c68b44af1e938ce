"""A sample caller: one plain and one streamed chat with every vendor whose key is known."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import yaml

from conformance import shipped
from conformance.cassettes.keys import KeysError, known
from conformance.core import redaction, releases
from conformance.stack import configs, ports
from conformance.stack.client import PROMPT
from conformance.vendors import STAND_IN_KEYS, UPSTREAMS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

START_LIMIT_S = 60.0
ANSWER_LIMIT_S = 120.0


class ClientError(Exception):
    """A chat could not be held; the message says why and what to do, in one line."""


def run(url: str, env_file: Path, *, stand_in: bool = False) -> None:
    """Hold the chats and print the tokens as they arrive. Raises `ClientError`.

    With `stand_in`, a gateway and loopback stand-ins for the vendors run while this does, and no
    key is needed.
    """
    with ExitStack() as running:
        if stand_in:
            url, origins = running.enter_context(_keyless_gateway())
            keys = dict(STAND_IN_KEYS)
        else:
            origins = {name: upstream.origin for name, upstream in UPSTREAMS.items()}
            keys = known_keys(env_file)
        client = running.enter_context(
            httpx.Client(base_url=url, timeout=ANSWER_LIMIT_S, trust_env=False)
        )
        header = releases.facts(releases.installed()).header
        for model in _models(client, url):
            vendor = model.partition("/")[0].partition("-")[0]
            if vendor not in keys:
                print(f"{model}: skipped, {UPSTREAMS[vendor].key_variable} is not set")  # noqa: T201
                continue
            data = {"passthrough_url": origins[vendor], "passthrough_api_key": keys[vendor]}
            shown = json.dumps(data | {"passthrough_api_key": redaction.REDACTED})
            print(f"{model}\n  header {header}: {shown}")  # noqa: T201 - printing is its purpose
            _chat(client, model, {header: json.dumps(data)}, keys[vendor])


def known_keys(env_file: Path) -> dict[str, str]:
    """Return the keys of `.env` and the environment by vendor, the file's first.

    Raises `ClientError` if there is none.
    """
    try:
        keys = known(env_file)
    except KeysError as error:
        raise ClientError(str(error)) from error
    if not keys:
        names = ", ".join(upstream.key_variable for upstream in UPSTREAMS.values())
        raise ClientError(
            f"no key in {env_file} or the environment; copy .env.example to .env and set one of "
            f"{names}, or run `make client UPSTREAM=stand-in`"
        )
    return keys


def _models(client: httpx.Client, url: str) -> list[str]:
    try:
        answer = client.get("/v1/models")
        answer.raise_for_status()
        return [model["id"] for model in answer.json()["data"]]
    except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
        raise ClientError(
            f"no gateway answers at {url} ({type(error).__name__}); start one with `make server`"
        ) from error


def _chat(client: httpx.Client, model: str, headers: Mapping[str, str], key: str) -> None:
    body = {"model": model, "messages": [{"role": "user", "content": PROMPT}]}
    try:
        plain = client.post("/v1/chat/completions", json=body, headers=headers)
        if plain.status_code != httpx.codes.OK:
            raise ClientError(f"{model}: {_told(plain.status_code, plain.text, key)}")
        print("  plain    " + plain.json()["choices"][0]["message"]["content"])  # noqa: T201
        print("  streamed ", end="", flush=True)  # noqa: T201
        streamed = {**body, "stream": True}
        with client.stream(
            "POST", "/v1/chat/completions", json=streamed, headers=headers
        ) as answer:
            for line in answer.iter_lines():
                print(_token(line, model, key), end="", flush=True)  # noqa: T201
        print()  # noqa: T201
    except (httpx.HTTPError, ValueError, KeyError, IndexError, TypeError) as error:
        raise ClientError(f"{model}: unusable answer ({type(error).__name__})") from error


def _token(line: str, model: str, key: str) -> str:
    payload = line.removeprefix("data:").strip()
    if not payload or payload == "[DONE]":
        return ""
    event = json.loads(payload)
    if "error" in event:
        raise ClientError(f"{model}: {_told(200, payload, key)}")
    return "".join((choice["delta"].get("content") or "") for choice in event.get("choices", []))


def _told(status: int, text: str, key: str) -> str:
    return f"the gateway answered {status}: {' '.join(redaction.redact(text, [key]).split())}"


@contextmanager
def _keyless_gateway() -> Iterator[tuple[str, dict[str, str]]]:
    """Run stand-ins, and a gateway of run.yaml that asks them; yield its URL and their origins."""
    from conformance.vendors.server import serve  # noqa: PLC0415 - only for this

    with serve() as stand_ins, tempfile.TemporaryDirectory() as directory:
        text = json.dumps(configs.read(shipped("run.yaml")))
        for name, upstream in UPSTREAMS.items():
            text = text.replace(upstream.origin, stand_ins.base[name])
        file = Path(directory) / "run.yaml"
        file.write_text(yaml.safe_dump(json.loads(text)), encoding="utf-8")
        with ports.reserved() as port, _server(file, Path(directory), port) as url:
            yield url, dict(stand_ins.base)


@contextmanager
def _server(file: Path, home: Path, port: int) -> Iterator[str]:
    command = [sys.executable, "-m", "conformance", "server", "--config", str(file)]
    log = home / "server.log"
    with log.open("w") as output:
        process = subprocess.Popen(  # noqa: S603 - our own command
            [*command, "--port", str(port)],
            stdout=output,
            stderr=output,
            env={**os.environ, "HOME": str(home)},
        )
    try:
        url = f"http://127.0.0.1:{port}"
        _await_answer(url, process, log)
        yield url
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _await_answer(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_LIMIT_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            httpx.get(f"{url}/v1/models", trust_env=False)
        except httpx.TransportError:
            time.sleep(0.1)  # a server being started offers nothing to wait on
        else:
            return
    last = (log.read_text(encoding="utf-8").strip().splitlines() or ["no output"])[-1]
    raise ClientError(f"the gateway did not start: {last}")
