"""Replays and records what the vendors answer. The only module that imports vcrpy.

A *scenario* is one exchange with the vendors, kept in a file per upstream:
`cassettes/<upstream>/<scenario>.yaml`. A check names its scenario and never sees the files.
"""

from __future__ import annotations

import copy
import json
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from vcr import matchers
from vcr.cassette import Cassette
from vcr.filters import decode_response
from vcr.record_mode import RecordMode
from vcr.request import Request

from conformance import scrub, tapes
from conformance.gateway import HOST

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path


# The SDK inside the stack speaks through httpx, from its version 3 on through httpx2.
OTHER_CLIENTS = ("httplib", "requests", "boto3", "urllib3", "httplib2", "tornado", "aiohttp")


@dataclass(frozen=True, slots=True)
class Sent:
    """One request that left the stack for an upstream; header names are in lower case."""

    method: str
    url: str
    headers: Mapping[str, str]
    text: str

    @property
    def body(self) -> Any:
        """The parsed JSON body, or None."""
        return tapes.parsed(self.text)

    def __str__(self) -> str:
        return f"{self.method} {self.url} {self.text}".strip()


def json_body(one: Request, other: Request) -> None:
    """Compare bodies by meaning: two JSON texts are equal whatever their spacing and key order."""
    ours, theirs = (tapes.parsed(_text(request.body)) for request in (one, other))
    assert ours == theirs, f"sent {_short(ours)}, recorded {_short(theirs)}"  # noqa: S101 - vcrpy


def _text(body: Any) -> str:
    return body.decode("utf-8", "replace") if isinstance(body, bytes) else body or ""


def _short(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


MATCHERS = (
    matchers.method,
    matchers.scheme,
    matchers.host,
    matchers.port,
    matchers.path,
    matchers.query,
    json_body,
)


class Tape(Cassette):  # type: ignore[misc] # vcrpy has no type hints
    """The interactions of one scenario, while one check plays or records them."""

    def __init__(self, path: str, library: Library, **options: Any) -> None:
        """Open the scenario `path` of a library; the options are vcrpy's."""
        super().__init__(path, **options)
        self.library = library
        self.labels: list[str] = []
        self.sent: list[Sent] = []
        self.unmatched: list[str] = []

    def _load(self) -> None:
        for label, interaction in self.library.interactions(self._path):
            self.labels.append(label)
            self.data.append(_for_vcrpy(interaction))
        self.rewound = True

    def _save(self, force: bool = False) -> None:  # noqa: FBT001, FBT002 - vcrpy's signature
        """Leave writing to the library, which sees the whole scenario."""

    def can_play_response_for(self, request: Request) -> bool:
        """Note every request of the stack, and the ones that nothing recorded answers."""
        asked = self.filter_request(request)
        if asked is None:
            return False
        fields = {name.lower(): str(value) for name, value in request.headers.items()}
        self.sent.append(Sent(asked.method, asked.uri, fields, _text(asked.body)))
        playable = bool(super().can_play_response_for(request))
        if not playable and self.write_protected:
            self.unmatched.append(self._nearest(request))
        return playable

    def _nearest(self, request: Request) -> str:
        """Say which recorded request comes nearest to one without an answer, and what differs."""
        missing = f"no recorded answer for {request.method} {request.uri} in `{self._path}`"
        for stored, _same, failed in self.find_requests_with_most_matches(request)[:1]:
            differences = "; ".join(f"{name}: {text or 'differs'}" for name, text in failed)
            return f"{missing}; nearest is {stored.method} {stored.uri}, where {differences}"
        return f"{missing}, which holds none; record it with `make record`"

    def append(self, request: Request, response: dict[str, Any]) -> None:
        """Keep a newly recorded interaction, if it is with an upstream."""
        asked = self.filter_request(request)
        if asked is not None:
            plain = asked._to_dict()  # noqa: SLF001 - vcrpy's way to turn a request into data
            label, kept = self.library.keep(self._path, plain, decode_response(response))
            self.labels.append(label)
            self.data.append(_for_vcrpy(kept))

    @property
    def played(self) -> list[str]:
        """The labels of the interactions that answered, `openai/chat#0` for example."""
        return [label for index, label in enumerate(self.labels) if self.play_counts[index]]


def _for_vcrpy(interaction: tapes.Interaction) -> tuple[Request, dict[str, Any]]:
    request, response = interaction["request"], interaction["response"]
    body = {"string": response["body"]["string"].encode()}
    return Request(**request), {**response, "body": body}


def _same(file: Path, recording: tapes.Recording) -> bool:
    if not file.exists():
        return False
    old = tapes.read(file)
    return (old.interactions, old.provenance) == (recording.interactions, recording.provenance)


class Library:
    """All scenarios below a directory, for one run in one record mode."""

    def __init__(
        self,
        root: Path,
        mode: str = "none",
        *,
        upstream_of: Mapping[str, str] | None = None,
        stand_ins: Mapping[str, str] | None = None,
        secrets: Sequence[str] = (),
    ) -> None:
        """Read cassettes from `root`; `mode` is one of vcrpy's, or `rewrite`.

        `upstream_of` maps the origin of every vendor to its name, `stand_ins` the origin of a
        stand-in to that of its vendor. `secrets` are the keys in use.
        """
        self.root = root
        self.mode = mode
        self.upstream_of = dict(upstream_of or {})
        self.secrets = tuple(secrets)
        self.stand_ins = dict(stand_ins or {})
        self.recorded: dict[str, dict[str, list[tapes.Interaction]]] = {}
        self._loaded: dict[str, list[tuple[str, tapes.Interaction]]] = {}

    def interactions(self, scenario: str) -> Sequence[tuple[str, tapes.Interaction]]:
        """Return the labelled interactions of a scenario, those of all upstreams together.

        Raises `tapes.CassetteError` if a file cannot be read.
        """
        if scenario not in self._loaded:
            files = sorted(self.root.glob(f"*/{scenario}.yaml"))
            self._loaded[scenario] = [
                (f"{file.parent.name}/{scenario}#{number}", interaction)
                for file in ([] if self.mode in {"rewrite", "all"} else files)
                for number, interaction in enumerate(tapes.read(file).interactions)
            ]
        return self._loaded[scenario]

    def keep(
        self, scenario: str, request: Mapping[str, Any], response: Mapping[str, Any]
    ) -> tuple[str, tapes.Interaction]:
        """Add a recorded exchange to a scenario; return its label and what is kept of it."""
        kept = scrub.interaction(request, response, self.secrets)
        parts = urlsplit(request["uri"])
        upstream = self.upstream_of.get(f"{parts.scheme}://{parts.netloc}", parts.hostname or "")
        recorded = self.recorded.setdefault(scenario, {}).setdefault(upstream, [])
        recorded.append(kept)
        label = f"{upstream}/{scenario}#{len(recorded) - 1}"
        self._loaded.setdefault(scenario, []).append((label, kept))
        return label, kept

    @contextmanager
    def play(self, scenario: str) -> Iterator[Tape]:
        """Answer the stack's requests from a scenario while the block runs."""
        context = Tape.use(
            path=scenario,
            library=self,
            record_mode=RecordMode.NONE if self._closed(scenario) else RecordMode.NEW_EPISODES,
            match_on=MATCHERS,
            allow_playback_repeats=True,
            before_record_request=self._as_the_vendor_is_asked,
            skip_patchers=OTHER_CLIENTS,
        )
        with context as tape:
            yield tape

    def save(self, scenario: str, metadata: Mapping[str, Any]) -> list[Path]:
        """Add what was recorded to the cassettes of a scenario; return those that changed.

        In the modes `rewrite` and `all` it replaces what they held. A recording equal to the old
        one leaves the file alone, and so its date. Raises `scrub.LeakError`, before anything is
        written, if a text to be stored holds a secret.
        """
        fresh = {}
        for upstream, kept in sorted(self.recorded.get(scenario, {}).items()):
            file = self.root / upstream / f"{scenario}.yaml"
            adds = self.mode not in {"rewrite", "all"} and file.exists()
            before = tapes.read(file).interactions if adds else []
            fresh[file] = tapes.Recording(dict(metadata), [*before, *kept])
        for file, recording in fresh.items():
            scrub.refuse_leaks(file, tapes.rendered(recording), self.secrets)
        changed = [file for file, recording in fresh.items() if not _same(file, recording)]
        for file in changed:
            tapes.write(file, fresh[file])
        return changed

    def _closed(self, scenario: str) -> bool:
        once = self.mode == "once" and any(self.root.glob(f"*/{scenario}.yaml"))
        return self.mode == "none" or once

    def _as_the_vendor_is_asked(self, request: Request) -> Request | None:
        """Drop requests to the gateway itself; give those to a stand-in the vendor's address."""
        if request.host == HOST:
            return None
        for here, vendor in self.stand_ins.items():
            if request.uri.startswith(here):
                request = copy.copy(request)
                request.uri = vendor + request.uri.removeprefix(here)
        return request
