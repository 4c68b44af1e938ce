"""Says what each id of a finding stands for."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

TABLE = Path(__file__).with_suffix(".toml")


@cache
def texts() -> dict[str, str]:
    """Return what every id stands for, by id."""
    table = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    return {name: " ".join(row["text"].split()) for name, row in table.items()}
