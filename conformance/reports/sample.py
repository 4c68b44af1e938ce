"""The README's sample: what a run of two gotchas on the reference release prints at its end."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile

CHOSEN = ("telemetry-removed/*", "tilde-path/*")
LIMIT_S = 120.0


def block() -> str:
    """Return a run's command and the end of its output, 80 columns wide, as a Markdown block.

    Raises `ValueError` if the run prints no summary.
    """
    chosen = [word for each in CHOSEN for word in ("--conformance-check", each)]
    options = ["--pyargs", "conformance", "-m", "conformance", *chosen, "--conformance-list"]
    with tempfile.TemporaryDirectory() as empty:
        done = subprocess.run(  # noqa: S603 - our own command
            [sys.executable, "-m", "pytest", "-c", os.devnull, "--rootdir", empty, *options],
            cwd=empty,
            env=os.environ | {"COLUMNS": "80"},
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )
    _, _, rest = done.stdout.partition("= conformance =")
    summary = rest.partition("\n")[2].rpartition("\n=")[0].strip()
    if not summary:
        raise ValueError(f"the sample run printed no summary: {done.stdout[-300:]}")
    shown = " ".join(f"'{word}'" if "*" in word else word for word in options)
    return f"```console\n$ pytest {_folded(shown)}\n{summary}\n```"


def _folded(options: str) -> str:
    return options.replace(" --conformance-check", " \\\n    --conformance-check")
