"""Replays and records what the vendors answer. The only module that imports vcrpy.

A *scenario* is one exchange with the vendors, kept in a file per upstream:
`cassettes/<upstream>/<scenario>.yaml`. A check names its scenario and never sees the files.
"""

from __future__ import annotations

import copy
from contextlib import contextmanager
from functools import lru_cache, partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from vcr.cassette import Cassette
from vcr.errors import CannotOverwriteExistingCassetteException
from vcr.filters import decode_response
from vcr.record_mode import RecordMode
from vcr.request import Request

from conformance.cassettes import recordings, scrub
from conformance.cassettes.library import NO_SCENARIO
from conformance.cassettes.matching import MATCHERS, Sent, text_of
from conformance.stack.client import HOST, Answer
from conformance.vendors import keyless

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from conformance.cassettes.library import Library
    from conformance.cassettes.made_up import MadeUp

# The SDK inside the stack speaks through httpx, from its version 3 on through httpx2.
OTHER_CLIENTS = ("httplib", "requests", "boto3", "urllib3", "httplib2", "tornado", "aiohttp") + (
    () if find_spec("httpx2") else ("httpx2",)  # vcrpy would look for it in every check
)
NEVER_ASKED = Request("NONE", "http://never.invalid/", "", {})
# Tells the SDK inside the stack not to try again.
GIVEN_UP = {
    "status": {"code": 503, "message": "Not Recorded"},
    "headers": {"x-should-retry": ["false"], "content-type": ["application/json"]},
    "body": {"string": b'{"error": {"message": "this vendor is not recorded any more"}}'},
}


class Tape(Cassette):  # type: ignore[misc] # vcrpy has no type hints
    """The interactions of one scenario, while one check plays or records them."""

    def __init__(self, path: str, library: Library, **options: Any) -> None:
        """Open the scenario `path` of a library; the options are vcrpy's."""
        super().__init__(path, **options)
        self.library = library
        self.labels: list[str] = []
        self.sent: list[Sent] = []
        self.answers: list[Answer] = []
        self.keyless: list[Answer] = []
        self.unmatched: list[str] = []
        self.unanswered: dict[tuple[str, str, str], str] = {}
        self.refusals: dict[int, dict[str, Any]] = {}
        self.made_up: MadeUp | None = None
        self.invented = 0

    def _load(self) -> None:
        self._add(self.library.interactions(self._path))
        self.rewound = True

    def _add(self, interactions: Iterable[tuple[str, recordings.Interaction]]) -> None:
        """Make labelled interactions playable, each once."""
        for label, interaction in interactions:
            if label not in self.labels:
                self.labels.append(label)
                self.data.append(_for_vcrpy(interaction))

    def _save(self, force: bool = False) -> None:  # noqa: FBT001, FBT002 - vcrpy's signature
        """Leave writing to the end of the run, when it is known what all checks have asked."""

    def can_play_response_for(self, request: Request) -> bool:
        """Note every request of the stack; refuse those with no answer that may not be recorded."""
        asked = _for_a_vendor(self.library, request)
        if asked is None:
            return False
        fields = {name.lower(): str(value) for name, value in request.headers.items()}
        self.sent.append(Sent(asked.method, asked.uri, fields, text_of(asked.body)))
        if refusal := self._invented(asked, request, fields):
            self.refusals[id(request)] = refusal
            self.invented += 1
            return True
        if self.library.own_key(asked.uri, fields):
            self._drop_provisional(request)
        self._add(self.library.model_list(self._path, _as_data(asked)))
        if super().can_play_response_for(request):
            return True
        if closed := self.library.closed(self._path, asked.uri):
            self.unmatched.append(f"{self._nearest(request)}; {closed}")
            raise CannotOverwriteExistingCassetteException(cassette=self, failed_request=request)
        if given_up := self.library.given_up(self._path, asked.uri):
            self.unmatched.append(given_up)
            self.refusals[id(request)] = GIVEN_UP
            return True
        self.unanswered[_asked(asked)] = "got no answer"
        return False

    def _drop_provisional(self, request: Request) -> None:
        """Do not answer the vendor's own key with the refusal of a key that was made up."""
        for index, _response in self._responses(request):
            if self.labels[index] in self.library.provisional:
                self.data[index] = NEVER_ASKED, self.data[index][1]

    def _invented(
        self, asked: Request, request: Request, fields: Mapping[str, str]
    ) -> dict[str, Any] | None:
        """Return an answer made up for all, or for a request without a key if none is recorded."""
        if self.made_up is not None:
            body = text_of(asked.body).encode()
            return self.made_up.response(asked.method, asked.uri, fields, body)
        if self.library.mode != "none":
            return None
        upstream = self.library.upstream(asked.uri)
        said = keyless.refusal(upstream, asked.method, asked.uri, fields, text_of(asked.body))
        if said is None:
            return None
        recorded = (response for _index, response in self._responses(request))
        refused = any(response["status"]["code"] >= keyless.REFUSED for response in recorded)
        return None if refused else said

    def play_response(self, request: Request) -> dict[str, Any]:
        """Return the answer to a request that can be answered."""
        refusal = self.refusals.pop(id(request), None)
        if refusal is not None:
            (self.keyless if self.made_up is None else self.answers).append(_answer(refusal))
            return refusal
        answer: dict[str, Any] = super().play_response(request)
        self.answers.append(_answer(answer))
        return answer

    def _nearest(self, request: Request) -> str:
        """Say which recorded request comes nearest to one without an answer, and what differs."""
        asked = self.filter_request(request)
        missing = f"no recorded answer for {asked.method} {asked.uri} in `{self._path}`"
        for stored, _same, failed in self.find_requests_with_most_matches(request)[:1]:
            differences = "; ".join(f"{name}: {text or 'differs'}" for name, text in failed)
            return f"{missing}; nearest is {stored.method} {stored.uri}, where {differences}"
        return f"{missing}, which holds none"

    def append(self, request: Request, response: dict[str, Any]) -> None:
        """Keep a newly recorded interaction, if it is a vendor's and no passing trouble."""
        asked = _for_a_vendor(self.library, request)
        if asked is None:
            return
        answer = decode_response(response)
        self.answers.append(_answer(answer))
        status, text = answer["status"]["code"], text_of(answer["body"]["string"])
        plain = _as_data(asked)
        if trouble := self.library.refused(self._path, plain, status, text):
            self.unanswered[_asked(asked)] = trouble
            return
        self.unanswered.pop(_asked(asked), None)
        self._add([self.library.keep(self._path, plain, answer)])

    def troubles(self) -> list[str]:
        """Return what keeps a check from an observation: requests without an answer, and why."""
        return [*self.unmatched, *(f"{asked} {why}" for asked, _upstream, why in self._failed())]

    def _failed(self) -> Iterator[tuple[str, str, str]]:
        """Yield the requests that got no answer worth recording: what was asked, whom, and why."""
        failures = {
            (method, self.library.vendors_address(url)): cause
            for (method, url), cause in self.library.departures.failures.items()
        }
        for (method, uri, _body), why in self.unanswered.items():
            cause = failures.get((method, uri), "")
            whole = f"{why}: {cause}" if cause and why == "got no answer" else why
            yield f"{method} {uri}", self.library.upstream(uri), whole

    def end(self) -> None:
        """Hand over what went wrong, and let go of the data: tapes live as long as the run."""
        for _asked_for, upstream, why in self._failed():
            self.library.note(self._path, upstream, why)
        self.data.clear()

    @property
    def played(self) -> list[str]:
        """The labels of the interactions that answered, `openai/chat#0` for example."""
        return [label for index, label in enumerate(self.labels) if self.play_counts[index]]


def _answer(response: Mapping[str, Any]) -> Answer:
    """Return a response of vcrpy's as one that a check can read."""
    fields = {name.lower(): str(value[-1]) for name, value in response["headers"].items()}
    return Answer(response["status"]["code"], fields, text_of(response["body"]["string"]))


def _as_data(request: Request) -> Any:
    return request._to_dict()  # noqa: SLF001 - vcrpy has no other way


def _asked(request: Request) -> tuple[str, str, str]:
    return request.method, request.uri, text_of(request.body)


def _for_vcrpy(interaction: recordings.Interaction) -> tuple[Request, dict[str, Any]]:
    request, response = interaction["request"], interaction["response"]
    body = {"string": response["body"]["string"].encode()}
    return Request(**request), {**response, "body": body}


@contextmanager
def play(library: Library, scenario: str | None, made_up: MadeUp | None = None) -> Iterator[Tape]:
    """Answer the stack's requests from a scenario while the block runs; None answers nothing.

    With `made_up` vendors no recording is looked at: they answer everything.
    """
    name = scenario or NO_SCENARIO
    context = Tape.use(
        path=name,
        library=library,
        record_mode=RecordMode.NEW_EPISODES,  # the tape itself refuses what may not be recorded
        match_on=MATCHERS,
        allow_playback_repeats=True,
        before_record_request=partial(_as_stored, library),
        skip_patchers=OTHER_CLIENTS,
    )
    with context as tape:
        tape.made_up = made_up
        try:
            yield tape
        finally:
            tape.end()


def _for_a_vendor(library: Library, request: Request) -> Request | None:
    """Drop requests to the gateway itself; give those to a stand-in the vendor's address."""
    if request.host == HOST:
        return None
    asked = copy.copy(request)
    asked.uri = library.vendors_address(request.uri)
    return asked


def _as_stored(library: Library, request: Request) -> Request | None:
    """Return a request as a cassette would hold it, to be compared with those it holds."""
    asked = _for_a_vendor(library, request)
    if asked is not None:
        asked.uri, asked.body = _stored(asked.uri, text_of(asked.body), library.secrets)
    return asked


@lru_cache(maxsize=64)  # vcrpy asks several times for each request
def _stored(uri: str, body: str, secrets: tuple[str, ...]) -> tuple[str, str]:
    return scrub.uri(uri, secrets), scrub.body(body, secrets)
