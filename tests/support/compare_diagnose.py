"""Compares what `diagnose` says of configs with what a release does with them.

`python -m tests.support.compare_diagnose RELEASE [FILE…] [--mutants N] [--seed S]`. Without files
the distributions shipped in the release are taken. Prints disagreements, then precision and recall.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from conformance.core import releases
from conformance.judge import judging
from conformance.judge.finding import Effect
from conformance.judge.keys import dotted
from conformance.releases import suite_copy
from conformance.schemas import parts, reading
from tests.support.mutants import mutants

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.core.releases import Release
    from conformance.judge.finding import Finding

INSIDE = Path(__file__).with_name("start_inside.py")
AT_ONCE = 50
VARIABLE = re.compile(r"\$\{env\.([A-Z0-9_]+)(:\+|:=(?=\})|(?=\}))")
URL = "http://127.0.0.1:9/v1"


def main() -> None:
    """Compare, print, and end with 1 if anything disagrees."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("release")
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--mutants", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    release = _named(wanted.release)
    files = wanted.files or shipped(release)
    if wanted.mutants:
        files = _mutated(files, wanted.seed, wanted.mutants)
    tally = Tally()
    environ = environment(files)
    for start in range(0, len(files), AT_ONCE):
        for seen in observed(release, files[start : start + AT_ONCE], environ):
            tally.add(seen, Path(seen["file"]), release, environ)
    sys.stdout.write(f"{release}: {len(files)} configs; {tally}\n")
    sys.exit(bool(tally.disagreements))


def _named(name: str) -> Release:
    for release in reading.EARLIER:
        if release.version == name:
            return release
    return releases.find(name)


def python_of(release: Release) -> Path:
    """Return the interpreter of a release's environment."""
    name = f"{release.distribution}-{release.version}"
    return suite_copy.cache_directory() / "environments" / name / "bin" / "python"


def shipped(release: Release, prefix: Path | None = None) -> list[Path]:
    """Return the configs in the package of a release, as installed below a prefix.

    By default that is the prefix of its kept environment.
    """
    library = (prefix or python_of(release).parents[1]) / "lib"
    found = sorted(library.glob("python3*/site-packages/*/distributions/**/*.yaml"))
    return [file for file in found if _is_config(file)]


def loaded(file: Path) -> Any:
    """Return the data of a YAML file."""
    return yaml.safe_load(file.read_text(encoding="utf-8"))


def _is_config(file: Path) -> bool:
    data = loaded(file)
    return isinstance(data, dict) and "providers" in data and "distribution_spec" not in data


def _mutated(files: Sequence[Path], seed: int, count: int) -> list[Path]:
    place = Path(tempfile.mkdtemp())
    good = [yaml.safe_load(file.read_text(encoding="utf-8")) for file in files]
    made = []
    for number, config in enumerate(mutants(good, seed, count)):
        file = place / f"{number:04}.yaml"
        file.write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")
        made.append(file)
    return made


def environment(files: Sequence[Path]) -> dict[str, str]:
    """Return a value for every variable that has no default, or an empty one."""
    found: dict[str, str] = {}
    for file in files:
        for name, sign in VARIABLE.findall(file.read_text(encoding="utf-8")):
            if sign != ":+":
                found[name] = URL if name.endswith(("URL", "BASE", "HOST")) else "some-text"
    return found


def observed(
    release: Release,
    files: Sequence[Path],
    environ: dict[str, str],
    python: str | Path | None = None,
) -> list[dict[str, Any]]:
    """Return what the release does with each file. Raises `RuntimeError` if it says nothing.

    `python` is an interpreter that has the release; by default that of its kept environment.
    """
    with tempfile.TemporaryDirectory() as home:
        done = subprocess.run(  # noqa: S603 - our own command
            [python or python_of(release), INSIDE, *(file.absolute() for file in files)],
            env={"HOME": home, "PATH": os.environ["PATH"], **environ},
            cwd=home,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
    found = [json.loads(line) for line in done.stdout.splitlines()]
    if len(found) != len(files):
        raise RuntimeError(f"{release}: {len(found)} answers of {len(files)}: {done.stderr[-500:]}")
    return found


class Tally:
    """Counts agreements: files that start or not, and places that are ignored."""

    def __init__(self) -> None:
        """Start with nothing."""
        self.refused = [0, 0, 0]  # both say so, only diagnose, only the release
        self.ignored = [0, 0, 0]
        self.disagreements: list[str] = []

    def add(
        self, seen: dict[str, Any], file: Path, release: Release, environ: dict[str, str]
    ) -> None:
        """Compare one file."""
        data = yaml.safe_load(file.read_text(encoding="utf-8"))
        found = judging.findings(data, release, environ)
        stops = [one for one in found if one.stops is not None]
        self._refused(stops, seen, file)
        if not str(seen["stops"]).startswith(("models", "EnvVarError")):
            theirs = {dotted(tuple(place)) for place in seen["dropped"]}
            unread = {dotted(tuple(place)) for place in seen.get("unread", ())}
            theirs -= _migrated(release)
            self._ignored(theirs, _places(found), _hidden(found) | unread, file)

    def _refused(self, ours: list[Finding], seen: dict[str, Any], file: Path) -> None:
        theirs = bool(seen["stops"])
        if theirs and ours:
            self.refused[0] += 1
        elif ours:
            self.refused[1] += 1
            self._say(f"{file}: only diagnose refuses: {ours[0].id}: {ours[0].what}")
        elif theirs:
            self.refused[2] += 1
            self._say(f"{file}: only the release refuses: {seen['stops'][:200]}")

    def _ignored(self, theirs: set[str], ours: set[str], hidden: set[str], file: Path) -> None:
        self.ignored[0] += len(theirs & ours)
        only = {place for place in ours - theirs if not place.startswith(tuple(hidden))}
        self.ignored[1] += len(only)
        self.ignored[2] += len(theirs - ours)
        for place in only:
            self._say(f"{file}: only diagnose ignores {place}")
        for place in theirs - ours:
            self._say(f"{file}: only the release ignores {place}")

    def _say(self, text: str) -> None:
        self.disagreements.append(text)
        sys.stdout.write(text + "\n")

    def __str__(self) -> str:
        """Return precision and recall of both kinds."""
        return "; ".join(
            f"{name}: {both} agree, precision {both / max(both + ours, 1):.3f}, "
            f"recall {both / max(both + theirs, 1):.3f}"
            for name, (both, ours, theirs) in (("refused", self.refused), ("ignored", self.ignored))
        )


def _places(found: list[Finding]) -> set[str]:
    ignored = [one for one in found if one.effect is Effect.IGNORED or one.id == "unknown-api"]
    return {
        dotted(place)
        for one in ignored
        for place in (one.path, *one.also)
        if one.effect is Effect.IGNORED or place[0] not in {"apis", "providers"}
    }


def _migrated(release: Release) -> set[str]:
    """Return the places that the release moves itself before its models see them."""
    migrates = reading.of(release).facts["migrates"]
    names = parts.MIGRATED if migrates else ()
    return {f"storage.stores.{name}.namespace" for name in names}


def _hidden(found: list[Finding]) -> set[str]:
    """Return the configs of providers that the release refuses, so that it drops nothing there."""
    return {
        dotted(one.path[:3])
        for one in found
        if one.stops is not None and one.path[:1] == ("providers",) and len(one.path) > 2
    } | {"\0"}


if __name__ == "__main__":
    main()
