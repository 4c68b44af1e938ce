"""Collects a run's checks: for the release, for the user's config, by each route to a vendor."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from conformance.core import expectations, measured, names
from conformance.core.model import SubjectName
from conformance.core.releases import TableError
from conformance.run.live import outside
from conformance.run.observation import Judge, identifier, needs_of, outcomes_of, topic_of
from conformance.run.routes import Route
from conformance.stack.configs import PASSTHROUGH
from conformance.vendors import UPSTREAMS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.run.session import Session
    from conformance.run.subject import Subject

Case = tuple[SubjectName, Route | None]

# Markers of checks; `pytest --markers` shows them.
MARKERS = (
    "conformance: a check of the conformance suite",
    "scenario(name): the recorded exchange a check replays",
    "needs(*names): what a release must have to be asked",
    (
        "for_config(…): the user's own config shows it too, through a provider of type "
        "`remote::passthrough`; any_provider=True: or of another; only_passthrough=True: if it has "
        "no others; callers_key=True: if it has no key of its own; registered=True: if it has a "
        "registered model; known_vendors=True: if all lead to vendors; unnamed_api=NAME: if the "
        "config does not ask for this API"
    ),
    "every_route: asked once for each way to a vendor, not for the first alone",
    "shows_refusal: says what a config that does not boot is refused for",
    'slow: heavy; -m "conformance and not slow" leaves it out',
    "strict: holds answers to the letter; left out with --conformance-layer=contract",
    "without_auth: cannot be asked of a gateway that wants a token of its own",
    "process: starts the release's own server; left out of a run unless -m names this marker",
    (
        "for_server(chats=0, answered=False, compared=False, writes=False, any_gateway=False, "
        "listed=False): a running gateway shows it"
    ),
    *(f"{name}: chats go to this vendor" for name in UPSTREAMS),
)


def parametrize(metafunc: pytest.Metafunc, session: Session) -> None:
    """Ask a check of each subject that shows it, and of each route if it wants them all."""
    names = set(metafunc.fixturenames)
    if topic_of(metafunc.module) is None or "subject" not in names:
        return
    cases = list(_cases(metafunc, session))
    if "route" in names:
        if len(cases) > 1 or metafunc.definition.get_closest_marker("every_route"):
            ids = [_label(case, metafunc) for case in cases]
            metafunc.parametrize(("subject", "route"), cases, ids=ids, indirect=True)
    elif len(cases) > 1:
        given = [name for name, _ in cases]
        metafunc.parametrize("subject", given, ids=[str(name) for name in given], indirect=True)


def _cases(metafunc: pytest.Metafunc, session: Session) -> Iterator[Case]:
    wants_route = "route" in metafunc.fixturenames
    main = session.subject()
    every = metafunc.definition.get_closest_marker("every_route")
    ways = (main.routes or (None,)) if wants_route else (None,)
    yield from ((main.name, route) for route in (ways if every else ways[:1]))
    own = metafunc.definition.get_closest_marker("for_config")
    if session.own is None or own is None:
        return
    if not wants_route:
        yield SubjectName.CONFIG, None
        return
    at_stand_ins = bool({"loopback", "in_front"} & {*metafunc.fixturenames})
    found: list[Route | None] = [
        route.to_stand_in() if at_stand_ins else route
        for route in session.own.routes
        if _leads(route, own)
    ]
    yield from ((SubjectName.CONFIG, route) for route in (found if every else found[:1]) or [None])


def _leads(route: Route, marker: pytest.Mark) -> bool:
    """Whether a check with this marker `for_config` can take a route."""
    wants = marker.kwargs
    return (
        (wants.get("any_provider", False) or route.kind == PASSTHROUGH)
        and not (wants.get("callers_key", False) and route.has_key)
        and (route.registered or not wants.get("registered", False))
    )


def _label(case: Case, metafunc: pytest.Metafunc) -> str:
    name, route = case
    every = metafunc.definition.get_closest_marker("every_route")
    provider = route.provider if every and route else ""
    if name is not SubjectName.CONFIG:
        return provider or str(name)
    return f"{name}-{provider}" if provider else str(name)


def judge_of(item: pytest.Function, session: Session) -> Judge:
    """Return what will receive the observation of a check, and knows what is expected."""
    topic = topic_of(item.module)
    assert topic is not None  # noqa: S101 - only checks are asked
    name, route, variant = _of(item, session.main)
    own = name.is_users
    # What is expected goes by the vendor: providers have the names that their config gives them.
    vendor = route.dialect if route and item.get_closest_marker("every_route") else ""
    return Judge(
        identifier(topic, item.originalname, variant),
        topic if session.release is None else names.on(topic, session.release),
        outcomes_of(item.function),
        session.release,
        item.nodeid,
        session.clean,
        # What a release lacks is what a user's config is refused for.
        frozenset() if own and item.get_closest_marker("shows_refusal") else needs_of(item),
        name,
        identifier(topic, item.originalname, vendor or None) if vendor else "",
        session.given,
        session.live.options if session.live else (),
        wire=session.wire,
        strict=session.strict,
    )


def _of(item: pytest.Function, main: SubjectName) -> tuple[SubjectName, Route | None, str | None]:
    """Return the subject of a check, its route, and its variant without the subject's name."""
    if not hasattr(item, "callspec"):
        return main, None, None
    params, variant = item.callspec.params, item.callspec.id
    name = SubjectName(str(params.get("subject", main)))
    found = params.get("route")
    route = found if isinstance(found, Route) else None
    if "subject" in params:
        prefix = f"{name}-" if variant.startswith(f"{name}-") else str(name)
        variant = variant.removeprefix(prefix).removesuffix(f"-{name}").strip("-")
    return name, route, variant or None


def set_aside(item: pytest.Function, judge: Judge, session: Session) -> None:
    """Skip a check that does not apply, with its reason.

    Raises `pytest.UsageError` if the rows of its expectations cannot be understood.
    """
    try:
        reason = reason_not_to_run(item, judge, session)
    except TableError as error:
        raise pytest.UsageError(f"{judge.id}: {error}") from error
    if reason:
        item.add_marker(pytest.mark.skip(reason=reason))


def reason_not_to_run(item: pytest.Function, judge: Judge, session: Session) -> str | None:
    """Return why a check does not apply, decided from data: the release's, or the config's."""
    if session.live is not None and (reason := outside.reason(item, session.live)):
        return reason
    if judge.release is None:
        return None
    packages = measured.installed() if session.live is None else None
    expected = expectations.expected(judge.row or judge.id, judge.release, judge.needs, packages)
    if judge.subject is SubjectName.RELEASE or session.own is None:
        return expected.reason
    return next(_reasons_of_config(item, session.own), expected.reason)


def _reasons_of_config(item: pytest.Function, own: Subject) -> Iterator[str]:
    """Yield why a check cannot be asked of the user's config, the plainest reason first."""
    params, marker = item.callspec.params, item.get_closest_marker("for_config")
    assert marker is not None  # noqa: S101 - only such checks are asked of a config
    if own.unset and not item.get_closest_marker("shows_refusal"):
        yield f"the config names variables that are not set: {', '.join(own.unset)}"
    if "route" in params and params["route"] is None:
        yield f"the config has no {_wanted(marker)}"
    if (vendor := params.get("vendor")) and not own.passing(str(vendor)):
        host = urlsplit(UPSTREAMS[str(vendor)].origin).hostname
        yield f"the config has no provider of type `{PASSTHROUGH}` that leads to {host}"
    if marker.kwargs.get("only_passthrough", False) and not own.is_pure:
        yield f"the config has inference providers of other types than `{PASSTHROUGH}`"
    if marker.kwargs.get("known_vendors", False) and not own.knows_vendors:
        yield "the config has a provider that leads to a server the suite knows nothing of"
    if (api := marker.kwargs.get("unnamed_api", "")) and own.names_api(api):
        yield f"the config asks for the API `{api}`"
    if own.asks_for_tokens and item.get_closest_marker("without_auth"):
        yield "the config asks callers for a token (`server.auth`)"


def _wanted(marker: pytest.Mark) -> str:
    """Say what provider a check with this marker `for_config` needs."""
    if marker.kwargs.get("any_provider", False):
        return "inference provider that the suite can answer for"
    key = " without a key of its own" if marker.kwargs.get("callers_key", False) else ""
    model = " with a registered model" if marker.kwargs.get("registered", False) else ""
    return f"provider of type `{PASSTHROUGH}`{key}{model}"
