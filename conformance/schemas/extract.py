"""Extracts the schemas of releases in their environments, and compares the installed one.

`python -m conformance.schemas.extract [RELEASE…]` rewrites those named, or all that are known;
`--check` compares the installed release with what is kept, and ends with 1 if they differ.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.core import releases
from conformance.core.redaction import redact
from conformance.schemas import packing, reading

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conformance.core.releases import Release

Json = dict[str, Any]
LIMIT_S = 200.0
INSIDE = "conformance.schemas.inside"


class ExtractError(Exception):
    """The schema of a release cannot be read from it; the message is for a person."""


def extracted(release: Release, python: str) -> Json:
    """Return the schema of a release, read by its environment's interpreter.

    Raises `ExtractError` if it cannot be read.
    """
    with tempfile.TemporaryDirectory() as home:
        done = subprocess.run(  # noqa: S603 - our own module
            [python, "-m", INSIDE],
            env={"HOME": home, "PYTHONPATH": str(Path(__file__).parents[2])},
            cwd=home,
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )
    try:
        found: Json = json.loads(done.stdout)
    except ValueError as error:
        raise ExtractError(f"{release}: {redact(done.stderr[-300:])}") from error
    return found


def write(chosen: Iterable[tuple[Release, str]]) -> bool:
    """Rewrite the schemas of releases, each read by an interpreter. Return whether any changed.

    Raises `ExtractError`.
    """
    kept = packing.kept() if packing.FILE.exists() else {"releases": {}, "shared": {}}
    schemas = {name: packing.unpacked(kept, name) for name in kept["releases"]}
    for release, python in chosen:
        schemas[reading.name_of(release)] = extracted(release, python)
    packed = packing.packed(schemas)
    changed = not packing.FILE.exists() or packing.FILE.read_bytes() != packed
    packing.FILE.write_bytes(packed)
    packing.kept.cache_clear()
    return changed


def check(python: str = sys.executable) -> None:
    """Compare the installed release with what is kept. Raises `ExtractError` if they differ."""
    release = releases.installed()
    name, now = reading.name_of(release), extracted(release, python)
    kept = packing.unpacked(packing.kept(), name)
    differing = sorted(part for part in {*now, *kept} if now.get(part) != kept.get(part))
    if differing:
        raise ExtractError(
            f"{packing.FILE.name} is out of date for {release} in: {', '.join(differing)}; "
            f"`python -m conformance.schemas.extract {release.version}` rewrites it"
        )


def environment(release: Release, environments: Path) -> str:
    """Return the interpreter of a release's environment in a directory of environments."""
    return str(environments / reading.name_of(release) / "bin" / "python")


def main(words: list[str]) -> int:
    """Run the command and return its exit status."""
    try:
        if words == ["--check"]:
            check()
            return 0
        earlier = {release.version: release for release in reading.EARLIER}
        chosen = [earlier.get(word) or releases.find(word) for word in words]
        chosen = chosen or [*reading.EARLIER, *releases.known()]
        place = Path(".cache") / "environments"
        changed = write([(release, environment(release, place.absolute())) for release in chosen])
    except (ExtractError, LookupError) as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    sys.stdout.write("changed\n" if changed else "unchanged\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
