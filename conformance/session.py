"""What one run works with: made once from the options, before anything is collected."""

from __future__ import annotations

import tempfile
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conformance.upstreams import UPSTREAMS
from conformance.verdicts import Judge

if TYPE_CHECKING:
    from conformance.cassettes import Library
    from conformance.configs import Config
    from conformance.releases import Release

RECORD_MODES = ("none", "once", "new_episodes", "all", "rewrite")

STAND_IN = "stand-in"

# Made up, but as long as the vendors' own, so that whatever looks for keys would find these.
MADE_UP_KEYS = {
    name: upstream.key_prefix + "q7Zt4mXw9KcB2vLd" * 3 for name, upstream in UPSTREAMS.items()
}


@dataclass(slots=True, kw_only=True)
class Session:
    """The options of a run, and the directories and recordings it shares."""

    config_file: Path
    config: Config
    cassettes: Path
    mode: str
    upstream: str | None
    release: Release | None
    trouble: str
    keys: dict[str, str] = field(default_factory=lambda: dict(MADE_UP_KEYS))
    library: Library | None = None
    threads: set[threading.Thread] = field(default_factory=lambda: set(threading.enumerate()))
    workplace: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="conformance-")))
    _count: int = 0

    def directory(self, name: str) -> Path:
        """Make a new directory, alone below a new directory of this run."""
        self._count += 1
        made = self.workplace / f"{self._count:04}" / name
        made.mkdir(parents=True)
        return made


SESSION = pytest.StashKey[Session]()
JUDGE = pytest.StashKey[Judge]()
