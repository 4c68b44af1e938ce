"""Finds what is wrong with APIs: unknown, internal, without what they need."""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING, Any

from conformance.judge import unmade
from conformance.judge.finding import Edit, Effect, Finding, Level, Operation
from conformance.judge.stages import Stage
from conformance.schemas import reading

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.core.releases import Release
    from conformance.judge.case import Case, Provider
    from conformance.judge.finding import Path

# What an API's removal takes along: its resources, and its section at the top.
RESOURCES = {
    "safety": ("shields",),
    "shields": ("shields",),
    "datasetio": ("datasets",),
    "eval": ("benchmarks",),
    "scoring": ("scoring_fns",),
}
SECTIONS = frozenset({"telemetry", "safety"})
FOLDED = ">=1.5.0"  # where a name under `apis` may be in any case, and hyphens are underscores
INSTEAD = {
    "agents": "`responses`, with the provider `inline::builtin`",
    "responses": "`agents`, with the provider `inline::meta-reference`",
    "telemetry": "leave it out; traces are configured by OTEL_* environment variables",
    "safety": "leave it out: moderation left the stack",
    "shields": "leave it out: moderation left the stack",
    "datasetio": "leave it out: evaluation left the stack",
    "eval": "leave it out: evaluation left the stack",
    "scoring": "leave it out: evaluation left the stack",
    "post_training": "leave it out: training left the stack",
    "vector_dbs": "`vector_stores`, which come with `vector_io`",
    "memory": "`vector_io`, with providers of the same names",
}


def findings(case: Case) -> Iterator[Finding]:
    """Yield what is wrong with the APIs that a config names."""
    if not case.at("external_apis_dir"):
        yield from _unknown(case)
    yield from _not_providable(case)
    yield from _dependencies(case)
    yield from _without_provider(case)


def _names(case: Case) -> dict[str, list[Path]]:
    """Return every name of an API with the places where it stands."""
    found: dict[str, list[Path]] = {}
    apis, providers = case.at("apis"), case.at("providers")
    for index, name in enumerate(apis if isinstance(apis, list) else ()):
        if isinstance(name, str):
            found.setdefault(name, []).append(("apis", index))
    for name in providers if isinstance(providers, dict) else ():
        if isinstance(name, str):
            found.setdefault(name, []).append(("providers", name))
    return found


def _unknown(case: Case) -> Iterator[Finding]:
    for order, (name, places) in enumerate(_names(case).items()):
        if name in case.schema.apis or _is_folded(case, name, places):
            continue
        with_it = [*places, *_belongings(case, name)]
        stage = Stage.PROVIDERS if any(p[0] == "providers" for p in places) else Stage.SERVING
        release = case.schema.release
        gone = _since(release, name)
        yield Finding(
            id="unknown-api",
            level=Level.ERROR,
            effect=Effect.REFUSED,
            path=with_it[0],
            also=tuple(with_it[1:]),
            what=f"{release} has no API `{name}`",
            since=gone,
            instead=_instead(case, name, gone),
            stops=stage + order,
            gotcha="telemetry-removed" if name == "telemetry" else None,
            edits=_removals(case, name, with_it) if gone else (),
        )


def _is_folded(case: Case, name: str, places: list[Path]) -> bool:
    """Return whether the release reads a name, which stands under `apis` alone, as that of an API.

    The name of a section of `providers` is taken as it stands.
    """
    listed = all(place[0] == "apis" for place in places)
    known = name.lower().replace("-", "_") in case.schema.apis
    return listed and known and case.schema.release.within(FOLDED)


def _instead(case: Case, name: str, gone: str) -> str:
    """Return what to write for an API that the release does not have."""
    if gone or name in INSTEAD:
        return INSTEAD.get(name, "")
    if later := _later(case.schema.release, name):
        return f"it comes with {later}"
    near = get_close_matches(name, case.schema.apis, n=1, cutoff=0.75)
    return f"did you mean `{near[0]}`?" if near else ""


@cache
def _later(release: Release, name: str) -> str:
    """Return which later release is the first that has an API of a name."""
    return reading.comes_with(release, lambda later: name in later.apis)


@cache
def _since(release: Release, name: str) -> str:
    """Return since when there is no API of a name."""
    return reading.since(release, lambda earlier: name in earlier.apis)


def _belongings(case: Case, name: str) -> list[Path]:
    """Return the places of the resources and the section of an API that are ignored with it."""
    known = case.schema.stack["fields"]
    section: list[Path] = [(name,)] if name in SECTIONS and name in case.config else []
    section = [] if name in known else section
    sections = {part for part, _ in case.schema.facts["resources"]}
    return section + [
        ("registered_resources", part)
        for part in RESOURCES.get(name, ())
        if part not in sections and case.at("registered_resources", part) is not None
    ]


def _removals(case: Case, name: str, places: list[Path]) -> tuple[Edit, ...]:
    if INSTEAD.get(name, "").startswith("`"):
        return ()
    comment = f"{case.schema.release} has no API `{name}`"
    return tuple(Edit(Operation.REMOVE, place, comment=comment) for place in places)


def _not_providable(case: Case) -> Iterator[Finding]:
    tables = set(case.schema.routed.values())
    section = case.at("providers")
    for order, name in enumerate(section if isinstance(section, dict) else ()):
        own = [p for p in case.providers if p.api == name and p.enabled]
        internal = name in case.schema.apis and name not in case.schema.providable
        if not internal or case.external or not (own or name in tables):
            continue
        yield Finding(
            id="internal-api",
            level=Level.ERROR,
            effect=Effect.REFUSED,
            path=("providers", name),
            what=f"the release provides the API `{name}` itself; a section `providers.{name}` "
            "stops the start",
            instead=f"remove `providers.{name}`",
            stops=Stage.PROVIDERS + order,
            edits=(Edit(Operation.REMOVE, ("providers", name)),),
        )


def available(case: Case) -> set[str]:
    """Return the APIs that providers can depend on."""
    schema, listed = case.schema, case.listed
    served = [api for api in listed or () if isinstance(api, str)]
    routers = [api for api in schema.routed if listed is None or not listed or api in served]
    internal = schema.apis - schema.providable - set(schema.routed.values())
    internal -= {api for api in unmade.APIS if unmade.is_unmade(case, api)}
    own = {p.api for p in case.providers if p.enabled and p.api not in schema.routed}
    return {*internal, *routers, *(schema.routed[api] for api in routers), *own}


def _dependencies(case: Case) -> Iterator[Finding]:
    there = available(case)
    for order, provider in enumerate(case.providers):
        spec = case.schema.types(provider.api).get(str(provider.kind))
        if spec is None or not provider.surely_enabled:
            continue
        missing = [need for need in spec["needs"] if need not in there]
        for need in missing:
            yield _missing(case, provider, need, Stage.INSTANCES + order)


def _missing(case: Case, provider: Provider, need: str, stops: int) -> Finding:
    if need in case.schema.routed or need in case.schema.routed.values():
        instead = f"add `{need}` to `apis`"
    else:
        first = next(iter(sorted(case.schema.types(need), key=lambda t: t[0] != "i")), "")
        instead = f"add a provider under `providers.{need}`" + (
            f", e.g. `{first}`" if first else ""
        )
    return Finding(
        id="missing-dependency",
        level=Level.ERROR,
        effect=Effect.REFUSED,
        path=provider.path,
        also=_left_alone(case, provider),
        what=f"`{provider.kind}` needs the API `{need}`, which nothing here provides",
        instead=instead,
        stops=stops,
    )


def _left_alone(case: Case, provider: Provider) -> tuple[Path, ...]:
    """Return the place in `apis` that stops the start if this provider is taken out."""
    others = [p for p in case.providers if p.api == provider.api and p.enabled]
    listed = case.listed or []
    if len(others) > 1 or provider.api in case.schema.routed or provider.api not in listed:
        return ()
    return (("apis", listed.index(provider.api)),)


def _without_provider(case: Case) -> Iterator[Finding]:
    apis: list[Any] = [] if case.listed is None else case.listed
    there = available(case)
    fatal = case.schema.facts["missing_api"] == "refused"
    for index, api in enumerate(apis):
        if not isinstance(api, str) or api not in case.schema.apis:
            continue
        if api in there or case.external:
            continue
        yield _unserved(case, api, index, fatal=fatal)


def _unserved(case: Case, api: str, index: int, *, fatal: bool) -> Finding:
    """Return the finding of an entry of `apis` for which the release makes nothing."""
    own = unmade.is_unmade(case, api)
    lacks, cure = "has no provider", f"add a provider under `providers.{api}`, or "
    if own:
        lacks, cure = unmade.why(case, api)
    return Finding(
        id="api-without-provider",
        level=Level.ERROR if fatal else Level.WARNING,
        effect=Effect.REFUSED if fatal else Effect.MEANS_SOMETHING_ELSE,
        path=("apis", index),
        what=f"`{api}` {lacks}, so " + ("the start fails" if fatal else "it is not served"),
        instead=f"{cure}remove it from `apis`",
        stops=Stage.SERVING + index if fatal else None,
        edits=(Edit(Operation.REMOVE, ("apis", index)),) if own and not cure else (),
    )
