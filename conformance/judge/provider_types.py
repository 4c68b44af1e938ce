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
    from conformance.schemas.reading import Schema

# What does on some releases what a type does on others; of one API alone if that stands before it.
TYPES = {
    # other names of faiss, which the registries of 0.6.1 and 0.7.3 say to use instead
    "vector_io inline::meta-reference": "inline::faiss",
    "vector_io inline::builtin": "inline::faiss",
    "inline::rag-runtime": "inline::file-search",
    "inline::file-search": "inline::rag-runtime",
    "inline::meta-reference": "inline::builtin",
    "inline::builtin": "inline::meta-reference",
    "inline::sqlite_vec": "inline::sqlite-vec",
    "remote::hf::endpoint": "remote::passthrough",
    "remote::hf::serverless": "remote::passthrough",
    "remote::tgi": "remote::vllm",
}
# What took over from a type that is gone, and was there before without doing the same.
HEIRS = {"inline::transformers": "inline::sentence-transformers"}  # ranks from 1.2.0 on
# What to do about a type that no release's own replaces.
NOTHING = {
    "inference inline::meta-reference": "nothing replaces it: serve the model beside the stack, "
    "e.g. for `remote::vllm`",
    "tool_runtime inline::code-interpreter": "leave it out: nothing replaces it",
    "vector_io remote::mongodb": "no release has it: name the `module` that brings it",
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


def successor(schema: Schema, api: str, kind: str) -> str:
    """Return the type of a release that does what another type does; "" if none is known to."""
    known = schema.types(api)
    after = [TYPES.get(f"{api} {kind}"), TYPES.get(kind)]
    if _since(schema.release, api, kind):
        after.append(HEIRS.get(kind))
    return next((each for each in after if each in known), "") or ""


@cache
def _since(release: Release, api: str, kind: str) -> str:
    """Return since when an API has no provider of a type."""
    return reading.since(release, lambda earlier: kind in earlier.types(api))


@cache
def _later(release: Release, api: str, kind: str) -> str:
    """Return which later release is the first whose API has a provider of a type."""
    return reading.comes_with(release, lambda later: kind in later.types(api))


def _instead(place: str, after: str, guess: str, later: str) -> str:
    if after:
        return f"use `{after}`"
    if later:
        return f"it comes with {later}"
    return f"did you mean `{guess}`?" if guess else NOTHING.get(place, "")


def _unknown_type(case: Case, provider: Provider, kind: str, stops: int) -> Finding:
    schema, api = case.schema, provider.api
    known = schema.types(api)
    gone = _since(schema.release, api, kind)
    after = successor(schema, api, kind)
    near = get_close_matches(kind, known, n=1, cutoff=0.8)
    ends = [each for each in known if each.split("::", 1)[-1] == kind]
    whole = ends[0] if len(ends) == 1 else ""
    later = "" if gone else _later(schema.release, api, kind)
    own = f"{api} {kind}"
    guess = "" if after or whole or gone or later or own in NOTHING or not near else near[0]
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
        instead=_instead(own, whole or after, guess, later),
        stops=stops,
        edits=(Edit(Operation.SET, place, value=same),) if same else (),
    )
