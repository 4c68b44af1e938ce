"""Prints the release line for machines, and whether the package index has a newer release."""

from __future__ import annotations

import json
import subprocess

from packaging.version import Version

from conformance.core import releases
from conformance.core.releases import Release
from conformance.releases import environments

LIMIT_S = 120.0


class LookupFailedError(Exception):
    """The package index could not be asked; the message says what to do, in one line."""


def rows() -> str:
    """Return the known releases as a JSON list of `llama-stack==0.5.1`."""
    return json.dumps([f"{each.distribution}=={each.version}" for each in releases.known()])


def on_the_index(distribution: str) -> Release:
    """Return the newest final release of a distribution. Raises `LookupFailedError`."""
    command = [environments.uv(), "pip", "compile", "-", "--no-deps", "--no-header", "--quiet"]
    done = subprocess.run(  # noqa: S603 - uv, found by us
        [*command, "--no-annotate", "--python-version", "3.12"],
        input=distribution,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    name, _, version = done.stdout.strip().partition("==")
    if done.returncode != 0 or name != distribution:
        reason = " ".join(done.stderr.split())
        raise LookupFailedError(
            f"the newest {distribution} is unknown: {reason}; is an index reachable?"
        )
    return Release(distribution, version)


def newer() -> tuple[Release, Release | None]:
    """Return the newest known release, and a newer one of the index if there is one.

    Raises `LookupFailedError`.
    """
    known = releases.known()[-1]
    found = on_the_index(known.distribution)
    is_newer = Version(found.version) > Version(known.version)
    return known, found if is_newer else None
