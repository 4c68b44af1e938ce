"""Starts the release's server command in this process after a mutation has changed the stack.

`python -m conformance.stack.mutated_server MODULE:MUTATION SCRIPT ARGUMENT…`; for the suite's own
tests, which show that a check of a server's process turns.
"""

from __future__ import annotations

import sys
from importlib import import_module, metadata

from conformance.core import releases
from conformance.stack.booting import load

# `module:name` of the mutation that the servers of this process start under; "" for none.
CHANGE = ""


def main(change: str, script: str) -> None:
    """Apply a mutation for good and run the command of that name."""
    import pytest  # noqa: PLC0415 - a mutation is written with it, a server is not

    module, _, name = change.partition(":")
    facts = releases.facts(releases.installed())
    mutation = getattr(import_module(module), name)
    mutation.inside(pytest.MonkeyPatch(), lambda path: load(facts, path))
    (entry,) = metadata.entry_points(group="console_scripts", name=script)
    entry.load()()


if __name__ == "__main__":
    _, wanted, named, *rest = sys.argv
    sys.argv = [named, *rest]
    main(wanted, named)
