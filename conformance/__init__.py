"""Boots Llama Stack in this process, observes what it does, and compares that with what is known.

The house, from the ground up; imports point upwards only:

- `model`            the vocabulary: gotcha, check, outcome, verdict
- `expectations`     outcome per check and range of releases (data beside it)
- `releases`         the release line and the facts that differ along it (data beside it)
- `isolation`, `secrets`      a run stays in its directories; a key stays out of every text
- `configs`          variants of a stack's config
- `stack`            boots a config and shuts it down; the only module that imports the stack
- `gateway`          the HTTP client of a booted stack
- `upstreams/`       stand-ins for the vendors on loopback
- `keys`             which vendors a run records, and with which keys
- `tapes`, `scrub`   the cassette file, and what may be stored in it
- `library`, `cassettes`      what a check may be answered from; replay and recording through vcrpy
- `shapes`, `changes`, `recording`, `recorder`   a recording run: what is written, what changed
- `shelf`, `usage`   where all cassettes came from, who uses them, what must not be in them
- `verdicts`, `discretion`, `plugin`   from an observation to a verdict; the pytest plug-in
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
