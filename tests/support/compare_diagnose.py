"""Compares what `diagnose` says of faulty configs with what a release does with them.

`python -m tests.support.compare_diagnose RELEASE COUNT [SEED]` makes the faults, one to three in
each of COUNT configs, out of the distributions that the release ships. `llama-conformance
crosscheck` does the same with configs as they are.
"""

from __future__ import annotations

import sys

from conformance.releases import crosscheck, shipped
from tests.support.mutants import mutants


def main() -> None:
    """Compare, print, and end with 1 if anything disagrees."""
    name, count, *seed = sys.argv[1:]
    release = shipped.named(name)
    python = shipped.python(release)
    good = [shipped.loaded(file) for file in shipped.files(python)]
    made = mutants(good, int(seed[0]) if seed else 1, int(count))
    configs = {f"{number:04}": config for number, config in enumerate(made)}
    environ = crosscheck.placeholders(map(str, configs.values()))
    tally = crosscheck.compared(release, python, configs, environ)
    sys.stdout.write("\n".join([*tally.disagreements, f"{release}: {tally}"]) + "\n")
    sys.exit(bool(tally.disagreements))


if __name__ == "__main__":
    main()
