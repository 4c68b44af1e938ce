"""Which checks a run has: for the release, for the user's config, by each way to a vendor."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.core import expectations
from conformance.core.model import SubjectName
from conformance.run import outside
from conformance.run.observation import Judge, identifier, needs_of, outcomes_of, topic_of
from conformance.run.routes import USUAL, Route
from conformance.stack.configs import PASSTHROUGH
from conformance.vendors import UPSTREAMS

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

    from conformance.run.session import Session
    from conformance.run.subject import Subject

Case = tuple[SubjectName, Route | None]

# Markers of checks; `pytest --markers` shows them.
MARKERS = (
    "conformance: a check of the conformance suite",
    "scenario(name): the recorded exchange a check replays",
    "needs(*names): what a release must have to be asked",
    "for_config(any_provider=False, only_passthrough=False): the user's own config shows it too",
    "every_route: asked once for each way to a vendor, not for the first alone",
    "shows_refusal: says what a config that does not boot is refused for",
    "without_auth: cannot be asked of a gateway that wants a token of its own",
    "for_server(chats=0, answered=False, writes=False, any_gateway=False): a running one shows it",
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
    any_provider = own.kwargs.get("any_provider", False)
    found: list[Route | None] = [
        _asked_through(route, metafunc)
        for route in session.own.routes
        if any_provider or route.kind == PASSTHROUGH
    ]
    yield from ((SubjectName.CONFIG, route) for route in (found if every else found[:1]) or [None])


def _asked_through(route: Route, metafunc: pytest.Metafunc) -> Route:
    """Return the route a check takes: stand-ins on loopback know their own models alone."""
    real = "loopback" in metafunc.fixturenames
    return replace(route, vendor_model=USUAL[route.dialect]) if real else route


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
    vendor = route.dialect if own and route and item.get_closest_marker("every_route") else ""
    return Judge(
        identifier(topic, item.originalname, variant),
        topic,
        outcomes_of(item.function),
        session.release,
        item.nodeid,
        session.clean,
        # What a release lacks is what a user's config is refused for.
        frozenset() if own and item.get_closest_marker("shows_refusal") else needs_of(item),
        name,
        identifier(topic, item.originalname, vendor or None) if vendor else "",
        session.given,
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


def reason_not_to_run(item: pytest.Function, judge: Judge, session: Session) -> str | None:
    """Return why a check does not apply, decided from data: the release's, or the config's."""
    if session.live is not None and (reason := outside.reason(item, session.live)):
        return reason
    if judge.release is None:
        return None
    expected = expectations.expected(judge.row or judge.id, judge.release, judge.needs)
    if judge.subject is SubjectName.RELEASE or session.own is None:
        return expected.reason
    return _reason_of_config(item, session.own) or expected.reason


def _reason_of_config(item: pytest.Function, own: Subject) -> str | None:
    params = item.callspec.params
    if own.unset and not item.get_closest_marker("shows_refusal"):
        return f"the config names variables that are not set: {', '.join(own.unset)}"
    if "route" in params and params["route"] is None:
        return (
            "the config has no provider of type `remote::passthrough`"
            if not _any(item)
            else ("the config has no inference provider that the suite can answer for")
        )
    if _only_passthrough(item) and not own.is_pure:
        return "the config has inference providers of other types than `remote::passthrough`"
    if own.asks_for_tokens and item.get_closest_marker("without_auth"):
        return "the config asks callers for a token (`server.auth`)"
    return None


def _only_passthrough(item: pytest.Function) -> bool:
    marker = item.get_closest_marker("for_config")
    return marker is not None and marker.kwargs.get("only_passthrough", False)


def _any(item: pytest.Function) -> bool:
    marker = item.get_closest_marker("for_config")
    return marker is not None and marker.kwargs.get("any_provider", False)
