"""Records and replays without a stack: an HTTP client, the stand-ins, and a library."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx

from conformance.cassettes.library import Library
from conformance.cassettes.replay import play
from conformance.cassettes.writing import Ran, written
from conformance.vendors import UPSTREAMS

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.cassettes.result import Result
    from conformance.vendors.stand_ins import StandIns

MODELS = {
    "openai": "gpt-4o",
    "gemini": "gemini-2.5-flash",
    "anthropic": "claude-sonnet-4-5",
}
TOP = {
    "provenance": "stand-in",
    "recorded": "2026-08-25",
    "release": "llama-stack 0.5.1",
    "sdk": "openai 2.21.0",
}


def library(root: Path, mode: str, stand_ins: StandIns | None = None, **more: Any) -> Library:
    """Open a library as a run does; its vendors are the stand-ins, if there are any."""
    upstream_of = {upstream.origin: name for name, upstream in UPSTREAMS.items()}
    base = stand_ins.base if stand_ins else {}
    here = {url: UPSTREAMS[name].origin for name, url in base.items()}
    keys = tuple(upstream.stand_in_key for upstream in UPSTREAMS.values())
    more = {"secrets": keys, "keys": {n: u.stand_in_key for n, u in UPSTREAMS.items()}} | more
    return Library(root, mode, upstream_of=upstream_of, stand_ins=here, **more)


def ask(
    upstream: str,
    stand_ins: StandIns | None = None,
    client: Any = httpx,
    key: str | None = None,
    **fields: Any,
) -> Any:
    """Chat with a vendor, or with its stand-in."""
    vendor = UPSTREAMS[upstream]
    base = stand_ins.url(upstream) if stand_ins else vendor.origin + vendor.root
    body = {"model": MODELS[upstream], "messages": [{"role": "user", "content": "Hello"}]}
    headers = {"authorization": f"Bearer {vendor.stand_in_key if key is None else key}"}
    with client.Client(trust_env=False) as chat:
        return chat.post(f"{base}/chat/completions", json=body | fields, headers=headers)


def save(to: Library, top: dict[str, str] | None = None) -> Result:
    """Write what a library has recorded, as at the end of a run in which all went well."""
    return written(to, Ran({}, {}), top or TOP)


def record(
    root: Path, stand_ins: StandIns, *upstreams: str, mode: str = "rewrite", **fields: Any
) -> Result:
    """Record one chat with each vendor as the scenario `chat`."""
    opened = library(root, mode, stand_ins)
    with play(opened, "chat"):
        for upstream in upstreams or UPSTREAMS:
            ask(upstream, stand_ins, **fields)
    return save(opened)


def contents(root: Path) -> dict[str, bytes]:
    """Return all files below a directory, byte for byte."""
    files = (path for path in root.rglob("*") if path.is_file())
    return {str(path.relative_to(root)): path.read_bytes() for path in files}
