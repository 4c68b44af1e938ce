"""The README's samples: the end of a run of two gotchas, and what `diagnose` says of a config."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from conformance import PACKAGE
from conformance.core import releases

CHOSEN = ("telemetry-removed/*", "tilde-path/*")
LIMIT_S = 120.0
CONFIG = """\
version: 2
image_name: shop
apis: [inference, telemetry]
providers:
  inference:
  - provider_id: openai
    provider_type: remote::passthrough
    config: {base_url: https://api.openai.com}
models:
- {model_id: gpt-4o, provider_id: openai}
storage:
  backends: {kv_default: {type: kv_sqlite, db_path: /srv/kv.db},
             sql_default: {type: sql_sqlite, db_path: /srv/sql.db}}
server: {auth: {provider_config: {type: github_token}}}
"""


def block() -> str:
    """Return a run's command and the end of its output, 80 columns wide, as a Markdown block.

    Raises `ValueError` if the run prints no summary.
    """
    chosen = [word for each in CHOSEN for word in ("--conformance-check", each)]
    options = ["--pyargs", "conformance", "-m", "conformance", *chosen, "--conformance-list"]
    nowhere = ["-c", os.devnull, "--confcutdir", str(PACKAGE.parent)]
    with tempfile.TemporaryDirectory() as empty:
        done = subprocess.run(  # noqa: S603 - our own command
            [sys.executable, "-m", "pytest", *nowhere, "--rootdir", empty, *options],
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


def diagnosis() -> str:
    """Return a config with two faults, and what `diagnose` says of it, as Markdown blocks.

    Raises `ValueError` if it finds nothing.
    """
    options = ["diagnose", "run.yaml", "--release", str(releases.reference().version)]
    with tempfile.TemporaryDirectory() as place:
        Path(place, "run.yaml").write_text(CONFIG, encoding="utf-8")
        done = subprocess.run(  # noqa: S603 - our own command
            [sys.executable, "-m", "conformance", *options],
            cwd=place,
            env=os.environ | {"COLUMNS": "80"},
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )
    if done.returncode != 1:
        raise ValueError(f"the sample has no fault: {done.stdout[-300:]}{done.stderr[-300:]}")
    shown = " ".join(options)
    return f"```console\n$ llama-conformance {shown}\n{done.stdout.strip()}\n```"


def _folded(options: str) -> str:
    return options.replace(" --conformance-check", " \\\n    --conformance-check")
