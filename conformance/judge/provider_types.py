"""Finds provider types that a release does not have, refuses, or gets from elsewhere."""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING

from conformance.judge.finding import Edit, Effect, Finding, Level, Operation
from conformance.judge.stages import Stage
from conformance.schemas import reading

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.core.releases import Release
    from conformance.judge.case import Case, Provider

# What does on some releases what a type does on others.
TYPES = {
    "inline::rag-runtime": "inline::file-search",
    "inline::file-search": "inline::rag-runtime",
    "inline::meta-reference": "inline::builtin",
    "inline::builtin": "inline::meta-reference",
    "inline::sqlite_vec": "inline::sqlite-vec",
    "remote::hf::endpoint": "remote::passthrough",
    "remote::hf::serverless": "remote::passthrough",
    "remote::tgi": "remote::vllm",
}
MISSPELT = 0.93  # likeness of a type that is written by mistake; less is another one, maybe
# Something near, whose config is another.
NEAR = frozenset({"remote::passthrough", "remote::vllm"})


def findings(case: Case) -> Iterator[Finding]:
    """Yield what is wrong with the types of the providers that are used."""
    for order, provider in enumerate(case.providers):
        if provider.enabled or provider.module:  # which is loaded all the same
            yield from _type(case, provider, Stage.PROVIDERS + order)


def _type(case: Case, provider: Provider, stops: int) -> Iterator[Finding]:
    kind, schema = provider.kind, case.schema
    if not isinstance(kind, str) or provider.api not in schema.providable:
        return
    spec = schema.types(provider.api).get(kind)
    place = (*provider.path, "provider_type")
    if provider.module or (spec is None and case.external):
        whose = f"`{kind}` is no provider of the release"
        if spec is not None:
            whose = f"`{kind}` comes from `module`, in place of the release's own"
        yield Finding(
            id="external-provider",
            level=Level.NOTE,
            effect=Effect.NOT_CHECKED,
            path=place,
            what=f"{whose}; its config is not checked",
        )
    elif spec is None:
        yield _unknown_type(case, provider, kind, stops)
    elif spec.get("refused"):
        yield Finding(
            id="refused-provider-type",
            level=Level.ERROR,
            effect=Effect.REFUSED,
            path=place,
            what=f"{schema.release} refuses `{kind}`: {spec['refused']}",
            stops=stops,
        )


@cache
def _since(release: Release, api: str, kind: str) -> str:
    """Return since when an API has no provider of a type."""
    return reading.since(release, lambda earlier: kind in earlier.types(api))


@cache
def _later(release: Release, api: str, kind: str) -> str:
    """Return which later release is the first whose API has a provider of a type."""
    return reading.comes_with(release, lambda later: kind in later.types(api))


def _instead(after: str, guess: str, later: str) -> str:
    if after:
        return f"use `{after}`"
    if later:
        return f"it comes with {later}"
    return f"did you mean `{guess}`?" if guess else ""


def _unknown_type(case: Case, provider: Provider, kind: str, stops: int) -> Finding:
    schema, api = case.schema, provider.api
    known = schema.types(api)
    gone = _since(schema.release, api, kind)
    after = TYPES.get(kind, "")
    after = after if after in known else ""
    near = get_close_matches(kind, known, n=1, cutoff=0.8)
    ends = [each for each in known if each.split("::", 1)[-1] == kind]
    whole = ends[0] if len(ends) == 1 else ""
    later = "" if gone else _later(schema.release, api, kind)
    guess = "" if after or whole or gone or later or not near else near[0]
    place = (*provider.path, "provider_type")
    misspelt = guess if get_close_matches(kind, [guess], cutoff=MISSPELT) else ""
    same = whole or misspelt or (after if after not in NEAR else "")
    return Finding(
        id="unknown-provider-type",
        level=Level.ERROR,
        effect=Effect.REFUSED,
        path=place,
        what=f"{schema.release} has no provider `{kind}` for `{api}`",
        since=gone,
        instead=_instead(whole or after, guess, later),
        stops=stops,
        edits=(Edit(Operation.SET, place, value=same),) if same else (),
    )
