"""All scenarios of a run: what a check may be answered from, and what it has newly recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from conformance.cassettes import recordings, scrub

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

NO_SCENARIO = "no scenario"
PASSING = frozenset({408, 429})  # and 5xx: a vendor that would answer another day
SERVER_ERROR = 500
REFUSING = frozenset({401, 403})
KEY_REFUSED = ("API_KEY_INVALID", "API key expired")  # Gemini refuses a key with a 400


class Library:
    """All scenarios below a directory, for one run in one record mode."""

    def __init__(  # noqa: PLR0913 - each has its default, and only a run gives them all
        self,
        root: Path,
        mode: str = "none",
        *,
        upstream_of: Mapping[str, str] | None = None,
        stand_ins: Mapping[str, str] | None = None,
        secrets: Sequence[str] = (),
        targets: Collection[str] | None = None,
        provenance: str = "stand-in",
    ) -> None:
        """Read cassettes from `root`; `mode` is one of pytest-recording's.

        `upstream_of` maps the origin of every vendor to its name, `stand_ins` the origin of a
        stand-in to that of its vendor. `secrets` are the keys in use. Only `targets` (default:
        all) are recorded; the others are replayed.
        """
        self.root = root
        self.mode = mode
        self.upstream_of = dict(upstream_of or {})
        self.secrets = tuple(secrets)
        self.stand_ins = dict(stand_ins or {})
        self.targets = frozenset(self.upstream_of.values() if targets is None else targets)
        self.provenance = provenance
        self.recorded: dict[str, dict[str, list[recordings.Interaction]]] = {}
        self.troubles: dict[str, list[str]] = {}
        self._loaded: dict[str, list[tuple[str, recordings.Interaction]]] = {}

    def file(self, upstream: str, scenario: str) -> Path:
        """Return where the answers of an upstream in a scenario are kept."""
        return self.root / upstream / f"{scenario}.yaml"

    def upstream(self, uri: str) -> str:
        """Return the name of the upstream that a URL belongs to; of another, its host."""
        parts = urlsplit(uri)
        return self.upstream_of.get(f"{parts.scheme}://{parts.netloc}", parts.hostname or "")

    def interactions(self, scenario: str) -> Sequence[tuple[str, recordings.Interaction]]:
        """Return the labelled interactions of a scenario, those of all upstreams together.

        Raises `tapes.CassetteError` if a file cannot be read.
        """
        if scenario not in self._loaded:
            anew = self.targets if self.mode in {"rewrite", "all"} else frozenset()
            files = sorted(self.root.glob(f"*/{scenario}.yaml"))
            self._loaded[scenario] = [
                (f"{file.parent.name}/{scenario}#{number}", interaction)
                for file in files
                if file.parent.name not in anew
                for number, interaction in enumerate(recordings.read(file).interactions)
            ]
        return self._loaded[scenario]

    def closed(self, scenario: str, uri: str) -> str:
        """Return why no answer from this URL may be recorded, or ""."""
        upstream = self.upstream(uri)
        if scenario == NO_SCENARIO:
            return "the check names no scenario; give it `@pytest.mark.scenario`"
        if self.mode == "none":
            return "`make record` records it"
        if upstream not in self.targets:
            return f"this run does not record {upstream}"
        if self.mode == "once" and self.file(upstream, scenario).exists():
            return f"record mode `once` leaves {upstream}/{scenario} as it is"
        return ""

    def refused(self, uri: str, headers: Mapping[str, str], status: int, text: str) -> str:
        """Return how a live answer says that this is no day to record on, or "".

        A stand-in fails only if told to, and a vendor may well refuse a key that is not ours.
        """
        if self.provenance != "live":
            return ""
        if status in PASSING or status >= SERVER_ERROR:
            return f"got {status}"
        sent = " ".join(map(str, headers.values()))
        refusing = status in REFUSING or any(words in text for words in KEY_REFUSED)
        if refusing and any(key in sent for key in self.secrets):
            return f"got {status} with the key of {self.upstream(uri)}"
        return ""

    def vendors_address(self, uri: str) -> str:
        """Return a URL with the origin of a stand-in replaced by that of its vendor."""
        for here, vendor in self.stand_ins.items():
            if uri == here or uri.startswith(f"{here}/"):
                return vendor + uri.removeprefix(here)
        return uri

    def keep(
        self, scenario: str, request: Mapping[str, Any], response: Mapping[str, Any]
    ) -> tuple[str, recordings.Interaction]:
        """Add a recorded exchange to a scenario; return its label and what is kept of it."""
        kept = scrub.interaction(request, response, self.secrets)
        upstream = self.upstream(request["uri"])
        recorded = self.recorded.setdefault(scenario, {}).setdefault(upstream, [])
        recorded.append(kept)
        label = f"{upstream}/{scenario}#new-{len(recorded)}"
        self._loaded.setdefault(scenario, []).append((label, kept))
        return label, kept
