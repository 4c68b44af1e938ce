"""Boots Llama Stack in this process, observes what it does, and compares that with what is known.

The house, from the ground up; imports point upwards only:

- `model`            the vocabulary: gotcha, check, outcome, verdict
- `expectations`     outcome per check and range of releases (data beside it)
- `releases`         the release line and the facts that differ along it (data beside it)
- `isolation`, `secrets`      a run stays in its directories; a key stays out of every text
- `configs`          variants of a stack's config
- `stack`, `hangs`, `separation`   boots a config, ends what hangs; several stacks in one process
- `shortcuts`, `databases`   what makes a hundred boots quick
- `gateway`          the HTTP client of a booted stack
- `upstreams/`       stand-ins for the vendors on loopback
- `loopback`, `piecewise`   a gateway in front of them: failing vendors, streams as they run
- `keys`             which vendors a run records, and with which keys
- `tapes`, `scrub`   the cassette file, and what may be stored in it
- `library`, `cassettes`      what a check may be answered from; replay and recording through vcrpy
- `shapes`, `changes`, `recording`, `recorder`   a recording run: what is written, what changed
- `shelf`, `usage`   where all cassettes came from, who uses them, what must not be in them
- `strangers`        what vendors answer to a request without any key
- `verdicts`, `discretion`, `session`, `options`   from an observation to a verdict; a run's options
- `batches`, `forks`, `plugin`   the run in several processes; the plug-in
- `boots`, `seeds`, `fixtures`   what checks are written with
- `commands`         the stack's own command, up to the server it would start
- `report`, `reporting`, `github`   what is read of a run
- `catalogue`, `explain`, `generated`, `compatibility`   what is read of all of it
- `environments`, `probe`, `suite`, `runs`   the suite on another release, in its environment
- `matrix`, `matrix_text`, `matrix_page`, `judging`, `proposals`   on every release, side by side
- `surfaces`, `surfacing`, `upgrading`, `upgrade`, `upgrade_text`, `trial`   from one to another
- `server`, `client`  the gateway for real, and a sample caller
- `cli`, `release_commands`, `newest`   the command
- `gotchas/`         one trap a file: its description, then its checks
- `gateway_checks/`  one promise of the gateway a file
"""

from pathlib import Path

PACKAGE = Path(__file__).parent


def shipped(name: str) -> Path:
    """Return what stands beside the package in a checkout, and inside it in a wheel."""
    inside = PACKAGE / name
    return inside if inside.exists() else PACKAGE.parent / name
