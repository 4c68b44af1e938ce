"""What a migration drops, each with a comment that says so: what no provider serves any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.judge import stores
from conformance.judge.finding import Edit, Operation
from conformance.schemas import reading

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from conformance.judge.case import Case, Provider
    from conformance.judge.finding import Finding


def apis(case: Case, found: Iterable[Finding]) -> Iterator[Edit]:
    """Yield the steps that drop APIs which only other releases have."""
    known = {name for release in reading.line() for name in reading.of(release).apis}
    for one in found:
        name = one.what.split("`")[1] if one.id == "unknown-api" and not one.edits else ""
        if name in known:
            comment = f"{case.schema.release} has no API `{name}`"
            for place in (one.path, *one.also):
                yield Edit(Operation.REMOVE, place, comment=comment)


def keys(found: Iterable[Finding]) -> Iterator[Edit]:
    """Yield the steps that drop keys which an earlier release read and nothing reads now."""
    for one in found:
        if one.id == "unknown-key" and one.since and not one.edits:
            yield Edit(Operation.REMOVE, one.path, comment=f"not read since {one.since}")


def providers(case: Case, found: Iterable[Finding]) -> Iterator[Edit]:
    """Yield the steps that drop providers of types that the release does not have.

    What the config registers models for stays, for its user to replace, and so does the last
    provider of an API that could have another.
    """
    gone = {one.path[:-1] for one in found if one.id == "unknown-provider-type" and not one.edits}
    for api in dict.fromkeys(str(path[1]) for path in gone):
        entries = [p for p in case.providers if p.api == api]
        going = [p for p in entries if p.path in gone and not _is_used(case, p)]
        if len(going) < len(entries):
            for provider in going:
                comment = f"{case.schema.release} has no provider `{provider.kind}`"
                yield Edit(Operation.REMOVE, provider.path, comment=comment)
        elif not case.schema.types(api):
            yield from _without_any(case, api)


def _is_used(case: Case, provider: Provider) -> bool:
    written = stores.at(case.written, (*provider.path, "provider_id"))
    for place in (("registered_resources", "models"), ("models",)):
        models = stores.at(case.written, place)
        for model in models if isinstance(models, list) else ():
            if isinstance(model, dict) and model.get("provider_id") in {written, provider.id}:
                return True
    return False


def _without_any(case: Case, api: str) -> Iterator[Edit]:
    comment = f"{case.schema.release} has no provider for `{api}`"
    yield Edit(Operation.REMOVE, ("providers", api), comment=comment)
    listed = stores.at(case.written, ("apis",))
    if isinstance(listed, list) and api in listed:
        yield Edit(Operation.REMOVE, ("apis", listed.index(api)), comment=comment)
