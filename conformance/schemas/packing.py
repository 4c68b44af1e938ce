"""Packs the schemas of all releases into one small file, and unpacks that of one release.

What releases share is kept once, in `shared`, under the digest of its text; a release is a mapping
of facts whose large parts are references `{"$": digest}`. The file is gzip without a date, so the
same schemas make the same bytes.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

Json = dict[str, Any]
FILE = Path(__file__).with_name("schemas.json.gz")
REFERENCE = "$"
SHORTEST = 40  # a shorter text is not worth a reference


def packed(schemas: dict[str, Json]) -> bytes:
    """Return the schemas, by name of release, as the bytes of the file."""
    shared: dict[str, Any] = {}
    releases = {name: _shared(schemas[name], shared) for name in sorted(schemas)}
    whole = {"shared": dict(sorted(shared.items())), "releases": releases}
    text = json.dumps(whole, sort_keys=True, separators=(",", ":"))
    return gzip.compress(text.encode(), compresslevel=9, mtime=0)


def _shared(value: Any, shared: dict[str, Any], depth: int = 0) -> Any:
    if not isinstance(value, dict):
        return value
    small = {key: _shared(child, shared, depth + 1) for key, child in value.items()}
    text = json.dumps(small, sort_keys=True)
    if depth == 0 or len(text) < SHORTEST:
        return small
    digest = hashlib.sha256(text.encode()).hexdigest()[:10]
    shared[digest] = small
    return {REFERENCE: digest}


def unpacked(whole: Json, name: str) -> Json:
    """Return the schema of one release. Raises `KeyError` if it is not in the file."""
    shared = whole["shared"]
    done: dict[str, Any] = {}

    def restored(value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        digest = value.get(REFERENCE)
        if digest is None:
            return {key: restored(child) for key, child in value.items()}
        if digest not in done:
            done[digest] = {key: restored(child) for key, child in shared[digest].items()}
        return done[digest]

    found: Json = restored(whole["releases"][name])
    return found


@cache
def kept() -> Json:
    """Return the file's content as it is packed."""
    whole: Json = json.loads(gzip.decompress(FILE.read_bytes()))
    return whole
