"""Holds the scenarios of a run: recorded answers that it may play, and those newly recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from conformance.cassettes import model_lists, recordings, scrub
from conformance.cassettes.departures import Departures, upstream_at
from conformance.cassettes.patience import Patience
from conformance.cassettes.trouble import ERROR, Answered, trouble

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

NO_SCENARIO = "no scenario"


class Library:
    """All scenarios below a directory, for one run in one record mode.

    `recorded` has the new answers by scenario and vendor, `troubles` why a vendor's answers of a
    scenario must not be written, `doubtful` the scenarios in which a vendor refused its own key on
    a path that is in question: only if the key still works is that a fact about the path. `listing`
    has the vendors whose models a scenario asks for.
    """

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
        keys: Mapping[str, str] | None = None,
        departures: Departures | None = None,
        accept_changed: bool = False,
    ) -> None:
        """Read cassettes from `root`; `mode` is one of pytest-recording's.

        `upstream_of` maps the origin of every vendor to its name, `stand_ins` the origin of a
        stand-in to that of its vendor. `secrets` are the keys in use, `keys` those that each vendor
        accepts. Only `targets` (default: all) are recorded; the others are replayed. With
        `accept_changed` a refusal is recorded where there was an answer before.
        """
        self.root = root
        self.mode = mode
        self.upstream_of = dict(upstream_of or {})
        self.secrets = tuple(secrets)
        self.stand_ins = dict(stand_ins or {})
        self.targets = frozenset(self.upstream_of.values() if targets is None else targets)
        self.provenance = provenance
        self.accept_changed = accept_changed
        self.keys = dict(keys or {})
        self.patience = Patience()
        self.departures = departures or Departures()
        if provenance == "live":  # a stand-in fails only if it is told to
            self.departures.failed = self.patience.refused
        self.recorded: dict[str, dict[str, list[recordings.Interaction]]] = {}
        self.troubles: dict[tuple[str, str], list[str]] = {}
        self.doubtful: dict[str, set[str]] = {}
        self.listing: dict[str, set[str]] = {}
        self.provisional: set[str] = set()
        self._count = 0
        self._loaded: dict[str, list[tuple[str, recordings.Interaction]]] = {}
        self._before: dict[Path, dict[tuple[str, str, str], int]] = {}

    def file(self, upstream: str, scenario: str) -> Path:
        """Return where the answers of an upstream in a scenario are kept."""
        return self.root / upstream / f"{scenario}.yaml"

    def upstream(self, uri: str) -> str:
        """Return the name of the upstream that a URL belongs to; of another, its host."""
        return upstream_at(self.upstream_of, uri)

    def interactions(self, scenario: str) -> Sequence[tuple[str, recordings.Interaction]]:
        """Return the labelled interactions of a scenario, those of all upstreams together.

        Raises `tapes.CassetteError` if a file cannot be read.
        """
        if scenario not in self._loaded:
            anew = self.targets if self.mode in {"rewrite", "all"} else frozenset()
            files = sorted(self.root.glob(f"*/{scenario}.yaml"))
            played = {
                file.parent.name: recordings.read(file)
                for file in files
                if file.parent.name not in anew
            }
            self.listing[scenario] = {name for name, each in played.items() if each.lists_models}
            self._loaded[scenario] = [
                (f"{name}/{scenario}#{number}", interaction)
                for name, recording in played.items()
                for number, interaction in enumerate(recording.interactions)
            ]
        return self._loaded[scenario]

    def model_list(
        self, scenario: str, request: Mapping[str, Any]
    ) -> list[tuple[str, recordings.Interaction]]:
        """Return the list of models that a vendor gives in a scenario, or [].

        It is the same in all that ask for it with the vendor's own key, so it is kept once, and
        each scenario's recording says whether it asks. There it answers whatever the key.
        """
        uri, asked = request["uri"], self._as_kept(request)
        own = self.own_key(uri, request["headers"]) and not self.closed(scenario, uri)
        if not own and self.upstream(uri) not in self.listing.get(scenario, ()):
            return []
        lists = self.interactions(model_lists.SCENARIO)
        found = [each for each in lists if recordings.request_of(each[1]) == asked]
        if found:
            self._lists(scenario, uri, asked)
        return found

    def _lists(self, scenario: str, uri: str, asked: tuple[str, str, str]) -> None:
        """Note that a vendor lists its models in a scenario, and forget that it refused to."""
        upstream = self.upstream(uri)
        self.listing.setdefault(scenario, set()).add(upstream)
        recorded = self.recorded.get(scenario, {}).get(upstream, [])
        recorded[:] = [each for each in recorded if recordings.request_of(each) != asked]
        self._drop_provisional(scenario, asked)

    def _drop_provisional(self, scenario: str, asked: tuple[str, str, str]) -> None:
        loaded = self._loaded.setdefault(scenario, [])
        loaded[:] = [
            each
            for each in loaded
            if each[0] not in self.provisional or recordings.request_of(each[1]) != asked
        ]

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

    def given_up(self, scenario: str, uri: str) -> str:
        """Return why a vendor is asked no more, or ""; its answers of the scenario are left."""
        upstream = self.upstream(uri)
        cause = self.patience.done.get(upstream, "")
        if cause:
            self.note(scenario, upstream, f"{cause}; no longer asked")
        return f"{upstream} is no longer asked: {cause}" if cause else ""

    def note(self, scenario: str, upstream: str, text: str) -> None:
        """Keep what a vendor has recorded in a scenario from being written."""
        self.troubles.setdefault((scenario, upstream), []).append(text)

    def own_key(self, uri: str, headers: Mapping[str, Any]) -> bool:
        """Whether a request carries the key that its vendor accepts."""
        key = self.keys.get(self.upstream(uri))
        return key is not None and any(key in str(value) for value in headers.values())

    def refused(self, scenario: str, request: Mapping[str, Any], status: int, text: str) -> str:
        """Return why a live answer is no fact about its vendor, or "". A stand-in's always is."""
        if self.provenance != "live":
            return ""
        uri = request["uri"]
        upstream = self.upstream(uri)
        asked = recordings.parsed(scrub.body(request["body"]))
        got = Answered(
            upstream=upstream,
            method=request["method"],
            path=urlsplit(uri).path,
            status=status,
            text=text,
            own_key=self.own_key(uri, request["headers"]),
            streamed=isinstance(asked, dict) and asked.get("stream") is True,
            before=self._status_before(scenario, request),
        )
        reason = trouble(got, accept_changed=self.accept_changed)
        if reason:
            self.patience.refused(upstream, reason)
            return reason
        self.patience.answered(upstream)
        if got.own_key and got.in_question and got.refuses_key:
            self.doubtful.setdefault(upstream, set()).add(scenario)
        return ""

    def _status_before(self, scenario: str, request: Mapping[str, Any]) -> int | None:
        asked = self._as_kept(request)
        upstream, names = self.upstream(request["uri"]), (scenario, model_lists.SCENARIO)
        found = [self._statuses(upstream, name) for name in names]
        return next((statuses[asked] for statuses in found if asked in statuses), None)

    def _statuses(self, upstream: str, scenario: str) -> dict[tuple[str, str, str], int]:
        file = self.file(upstream, scenario)
        if file not in self._before:
            old = recordings.read(file).interactions if file.exists() else []
            self._before[file] = {
                recordings.request_of(each): each["response"]["status"]["code"] for each in old
            }
        return self._before[file]

    def _as_kept(self, request: Mapping[str, Any]) -> tuple[str, str, str]:
        """Return what tells a request from others, as a recording of it would."""
        asked = {
            "uri": scrub.uri(request["uri"], self.secrets),
            "method": request["method"],
            "body": scrub.body(request["body"], self.secrets, ordered=True),
        }
        return recordings.request_of({"request": asked})

    def vendors_address(self, uri: str) -> str:
        """Return a URL with the origin of a stand-in replaced by that of its vendor."""
        for here, vendor in self.stand_ins.items():
            if uri == here or uri.startswith(f"{here}/"):
                return vendor + uri.removeprefix(here)
        return uri

    def keep(
        self, scenario: str, request: Mapping[str, Any], response: Mapping[str, Any]
    ) -> tuple[str, recordings.Interaction]:
        """Add a recorded exchange to a scenario; return its label and what is kept of it.

        It takes the place of one for the same request that was kept provisionally. What a vendor
        lists for its own key belongs to all scenarios.
        """
        kept = model_lists.cut(scrub.interaction(request, response, self.secrets))
        upstream = self.upstream(request["uri"])
        asked = recordings.request_of(kept)
        own = self.own_key(request["uri"], request["headers"])
        if own and model_lists.listed(kept) is not None:
            self._lists(scenario, request["uri"], asked)
            scenario = model_lists.SCENARIO
        self._count += 1
        label = f"{upstream}/{scenario}#new-{self._count}"
        recorded = self.recorded.setdefault(scenario, {}).setdefault(upstream, [])
        recorded[:] = [each for each in recorded if recordings.request_of(each) != asked]
        recorded.append(kept)
        self.interactions(scenario)
        self._drop_provisional(scenario, asked)
        self._loaded[scenario].append((label, kept))
        if response["status"]["code"] >= ERROR and not own:
            self.provisional.add(label)
        return label, kept
