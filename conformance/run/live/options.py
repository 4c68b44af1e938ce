"""What the options say about a gateway that is already running."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx
import pytest
from dotenv import dotenv_values

from conformance.cassettes import keys
from conformance.cassettes.keys import MADE_UP_KEYS, KeysError
from conformance.core.redaction import SHORTEST
from conformance.run import output
from conformance.run.live import asking
from conformance.run.live.asking import Live, LiveError
from conformance.run.live.control import Control
from conformance.stack.limits import Limits
from conformance.stack.live_client import Address, trust

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator, Mapping

ENV_FILE = Path(".env")
MADE_UP, OWN = "made-up", "own"
# Options that mean nothing without a gateway's URL.
ONLY_LIVE = (
    *("--conformance-release", "--conformance-token-env", "--conformance-ca"),
    *("--conformance-keys", "--conformance-chats", "--conformance-insecure"),
    *("--conformance-write", "--conformance-spend", "--conformance-model"),
)


def is_url(text: str | None) -> bool:
    """Return whether what is given as a config is the URL of a gateway."""
    return text is not None and text.lower().startswith(("http://", "https://"))


def of(config: pytest.Config) -> Live | None:
    """Meet the gateway whose URL is given; None if none is.

    Raises `pytest.UsageError` for an option that is wrong, and if the gateway cannot be asked.
    """
    given = config.getoption("--stack-config")
    if not is_url(given):
        for name in ONLY_LIVE:
            if config.getoption(name):
                raise pytest.UsageError(f"{name} is for --stack-config http://…; leave it out")
        return None
    _refuse_what_contradicts(config)
    try:
        address = Address(
            url=_checked(given), token=_token(config), tls=_trust(config, given.partition(":")[0])
        )
        found = asking.meet(
            address,
            _limits(config),
            config.getoption("--conformance-release"),
            config.getoption("--conformance-model"),
        )
        found.keys = _keys(config.getoption("--conformance-keys"))
        # Chats take the first way; one that there is a key for comes first.
        found.routes = tuple(sorted(found.routes, key=lambda r: r.vendor not in found.keys))
        found.control = _control(config, found)
        found.options = tuple(_given(config))
    except (LiveError, KeysError) as error:
        raise pytest.UsageError(str(error)) from error
    except KeyboardInterrupt:
        pytest.exit(f"interrupted before {given} had told what it is; no check was asked", 2)
    if address.token or config.getoption("--conformance-keys") == OWN:
        output.refuse_open_output(config)
    return found


def _refuse_what_contradicts(config: pytest.Config) -> None:
    if config.getoption("numprocesses", None) or hasattr(config, "workerinput"):
        raise pytest.UsageError("a running gateway is asked by one process; leave out -n")
    if (config.getoption("--record-mode") or "none") != "none":
        raise pytest.UsageError("nothing is recorded from a running gateway; leave --record-mode")


def _checked(url: str) -> str:
    """Return the URL without a last `/v1`: paths are given with it."""
    form = f"{url}: write http://HOST:PORT, and a proxy's path prefix if there is one"
    try:
        parts = urlsplit(url)
        no_port = parts.port == 0  # raises for one that no machine has
        httpx.URL(url)
    except (ValueError, httpx.InvalidURL) as error:
        raise LiveError(f"{form} ({error})") from error
    if parts.username or parts.password:
        raise LiveError("a URL with a user is not taken; give --conformance-token-env NAME")
    if not parts.hostname or no_port or parts.query or parts.fragment:
        raise LiveError(form)
    return url.rstrip("/").removesuffix("/v1")


def _trust(config: pytest.Config, scheme: str) -> ssl.SSLContext:
    ca, insecure = config.getoption("--conformance-ca"), config.getoption("--conformance-insecure")
    if (ca or insecure) and scheme.lower() != "https":
        raise LiveError("--conformance-ca and --conformance-insecure are for an https:// URL")
    try:
        return trust(Path(ca) if ca else None, insecure=insecure)
    except OSError as error:
        raise LiveError(f"--conformance-ca {ca}: {error}") from error


def _token(config: pytest.Config) -> str:
    name = config.getoption("--conformance-token-env")
    if name is None:
        return ""
    if not name:
        raise LiveError("--conformance-token-env is empty; name the variable that has the token")
    token = (_written().get(name) or os.environ.get(name) or "").strip()
    if not token:
        raise LiveError(f"--conformance-token-env {name}: not set, neither in .env nor here")
    if len(token) < SHORTEST:
        raise LiveError(f"--conformance-token-env {name}: too short to be kept out of the output")
    return token


def _given(config: pytest.Config) -> Iterator[str]:
    """Yield the options that a run was given for its gateway, as they are written."""
    for name in ONLY_LIVE:
        value = config.getoption(name)
        if value:
            yield name if value is True else f"{name}={value}"


def _control(config: pytest.Config, live: Live) -> Control | None:
    """Return what asks the vendors themselves: only with the user's own keys, and leave to spend.

    The certificates of vendors are checked, whatever is trusted at the gateway's address.
    """
    if config.getoption("--conformance-keys") != OWN or not live.limits.spend:
        return None
    limits = Limits(spend=True, chats=live.limits.chats)
    return Control(keys=live.keys, routes=live.routes, limits=limits, tls=trust())


def _written() -> Mapping[str, str | None]:
    return dotenv_values(ENV_FILE, interpolate=False)


def _limits(config: pytest.Config) -> Limits:
    limits = Limits(
        write=config.getoption("--conformance-write"), spend=config.getoption("--conformance-spend")
    )
    limits.chats = config.getoption("--conformance-chats") or limits.chats
    return limits


def _keys(kind: str | None) -> dict[str, str]:
    if kind == MADE_UP:
        return {**MADE_UP_KEYS, "": MADE_UP_KEYS["openai"]}
    if kind != OWN:
        return {}
    found = keys.known(ENV_FILE)
    if not found:
        raise LiveError("--conformance-keys own: no vendor's key is set, neither in .env nor here")
    return found
