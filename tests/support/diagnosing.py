"""Runs `diagnose` as the command does, with the judge of four rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.diagnose import options, session
from tests.support import fake_judge

if TYPE_CHECKING:
    from pathlib import Path

CONFIG = """\
# mine
version: '2'   # quoted
image_name: "shop"
apis:
- inference
# about telemetry
- telemetry
# after it
providers:
    inference:
    - provider_id: v
      provider_type: remote::vllm
      config: {url: "http://joe:hidden-one@host", api_token: tiny-1, headers: {x: y12}}
models:
  # my models
  - model_id: m   # best
    provider_id:   v
"""
CONFIG_MAP = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: llama}
data:
  NAME: shop
  notes.txt: |
    nothing
  run.yaml: |
    # mine
    version: 2
    image_name: ${env.NAME}
    apis:
    - inference
    - telemetry

    providers:
      inference:
      - provider_id: v
        provider_type: remote::vllm
        config:
          url: http://host   # old
          api_token: tiny-1
  other: "2"
---
apiVersion: v1
kind: Service
"""


def write(directory: Path, text: str | bytes, name: str = "run.yaml") -> str:
    """Write a file and return its path."""
    file = directory / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return str(file)


def run(*paths: str, release: str = "0.5.1", **more: Any) -> tuple[int, str]:
    """Diagnose paths for one release; return the exit status and what is printed."""
    shown: list[str] = []
    if not (more.get("migrate") or release == ""):
        more["releases"] = (release,)
    status = session.run(options.Request(paths=paths, **more), shown.append, fake_judge)
    return status, "\n".join(shown)
