"""Boots Llama Stack in this process, observes what it does, and compares that with what is known.

The house, from the ground up; imports point upwards only:

- `model`            the vocabulary: gotcha, check, outcome, verdict
- `expectations`     outcome per check and range of releases (data beside it)
- `releases`         the release line and the facts that differ along it (data beside it)
- `isolation`, `secrets`      a run stays in its directories; a key stays out of every text
- `configs`          variants of a stack's config
- `stack`            boots a config and shuts it down; the only module that imports the stack
- `gateway`          the HTTP client of a booted stack
- `tapes`, `scrub`, `cassettes`   the cassette file, what may be stored in it, recording and replay
- `upstreams/`       stand-ins for the vendors on loopback
- `verdicts`, `plugin`        from an observation to a verdict; the pytest plug-in
- `report`, `explain`, `cli`  what a person or a machine reads
- `gotchas/`         one trap a file: its description, then its checks
- `gateway_checks/`  one promise of the gateway a file
"""

from pathlib import Path

PACKAGE = Path(__file__).parent


def shipped(name: str) -> Path:
    """Return what stands beside the package in a checkout, and inside it in a wheel."""
    inside = PACKAGE / name
    return inside if inside.exists() else PACKAGE.parent / name
