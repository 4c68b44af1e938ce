"""Finds what is wrong with registered models: their providers, ids, types and duplicates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from conformance.judge import apis
from conformance.judge.environment import DISABLED
from conformance.judge.finding import Edit, Effect, Finding, Level, Operation
from conformance.judge.stages import Stage
from conformance.judge.values import Unknown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.judge.case import Case
    from conformance.judge.finding import Path

ALIASES = ">=0.8"  # from here on `model_id` stays the name if there is a `provider_model_id`
ASKS_THE_VENDOR = "<0.6.0"
EVERY = "all"


@dataclass(frozen=True, slots=True)
class Entry:
    """A model that the config registers, with its place."""

    path: Path
    values: dict[str, Any]

    def text(self, name: str) -> str:
        """Return a field as text; "" if it is not there or not known."""
        value = self.values.get(name)
        return value if isinstance(value, str) else ""


def findings(case: Case) -> Iterator[Finding]:
    """Yield what is wrong with the registered resources."""
    yield from _others(case)
    if "models" not in apis.available(case):
        return
    own = [p for p in case.providers if p.api == "inference" and p.enabled]
    kinds = {p.id: p.kind for p in own if isinstance(p.id, str)}
    unsure = case.external or any(isinstance(p.id, Unknown) for p in own)
    entries = list(_entries(case))
    for order, entry in enumerate(entries):
        stops = Stage.RESOURCES + order
        provider = entry.values.get("provider_id")
        if isinstance(provider, Unknown) or provider == DISABLED:
            continue
        if provider and not isinstance(provider, str):
            continue  # the models refuse it
        if not provider:
            yield from _without(entry)
        elif provider == EVERY and case.schema.facts["provider_id_all"]:
            continue
        elif provider not in kinds and not unsure:
            yield _gone(entry, stops, kinds)
        else:
            yield from _asked(case, entry, kinds.get(provider), stops)
        yield from _ids(case, entry)
        yield from _types(entry, stops)
    yield from _duplicates(case, entries)


def _entries(case: Case, section: str = "models") -> Iterator[Entry]:
    entries = case.at("registered_resources", section)
    for index, values in enumerate(entries if isinstance(entries, list) else ()):
        if isinstance(values, dict):
            yield Entry(("registered_resources", section, index), values)


def _others(case: Case) -> Iterator[Finding]:
    """Yield the resources, other than models, of providers that are not there."""
    there, routers = apis.available(case), {t: r for r, t in case.schema.routed.items()}
    for order, (section, table) in enumerate(case.schema.facts["resources"][1:]):
        own = [p for p in case.providers if p.api == routers.get(table) and p.enabled]
        if table not in there or case.external or any(isinstance(p.id, Unknown) for p in own):
            continue
        ids = [p.id for p in own if isinstance(p.id, str)]
        for entry in _entries(case, section):
            provider = entry.text("provider_id")
            if provider and provider != DISABLED and provider not in ids:
                yield _gone(
                    entry, Stage.RESOURCES + 500 + order, dict.fromkeys(ids), routers[table]
                )


def _without(entry: Entry) -> Iterator[Finding]:
    yield Finding(
        id="model-not-registered",
        level=Level.WARNING,
        effect=Effect.MEANS_SOMETHING_ELSE,
        path=entry.path,
        what="an entry without `provider_id` is passed over: the model is not registered",
        instead="name the provider in `provider_id`",
    )


def _gone(entry: Entry, stops: int, kinds: dict[Any, Any], api: str = "inference") -> Finding:
    known = ", ".join(str(name) for name in kinds) or "none"
    return Finding(
        id="resource-without-provider",
        level=Level.ERROR,
        effect=Effect.REFUSED,
        path=(*entry.path, "provider_id"),
        what=f"`{api}` has no provider `{entry.text('provider_id')}`; it has: {known}",
        instead="register it for a provider of the config, or remove it",
        stops=stops,
    )


def _asked(case: Case, entry: Entry, kind: Any, stops: int) -> Iterator[Finding]:
    if kind != "remote::openai" or not case.schema.release.within(ASKS_THE_VENDOR):
        return
    own = [p for p in case.providers if p.id == entry.values["provider_id"]]
    if own and not own[-1].config.get("api_key"):
        yield Finding(
            id="model-needs-key",
            level=Level.ERROR,
            effect=Effect.REFUSED,
            path=entry.path,
            what="`remote::openai` asks the vendor for a registered model during the start, and "
            "has no key",
            instead="give the provider an `api_key`, or register nothing for it",
            stops=stops,
            gotcha="remote-openai-startup",
        )


def _ids(case: Case, entry: Entry) -> Iterator[Finding]:
    model, provider = entry.text("model_id"), entry.text("provider_id")
    inner = entry.text("provider_model_id")
    if provider and model.startswith(f"{provider}/") and not inner.startswith(f"{provider}/"):
        yield Finding(
            id="repeated-prefix",
            level=Level.WARNING,
            effect=Effect.MEANS_SOMETHING_ELSE,
            path=(*entry.path, "model_id"),
            what=f"the release adds `{provider}/` itself; the vendor does not know the model "
            "under the name that results",
            instead=f"write `{model.removeprefix(f'{provider}/')}`",
            gotcha="model-ids",
            edits=_without_prefix(case, entry, provider),
        )
    if inner and inner != model and not case.schema.release.within(ALIASES):
        yield Finding(
            id="dropped-alias",
            level=Level.WARNING,
            effect=Effect.MEANS_SOMETHING_ELSE,
            path=(*entry.path, "model_id"),
            what=f"`model_id` is dropped for `provider_model_id`: callers find `{inner}` only",
            instead="let callers use the vendor's name; aliases work from 0.8.0 on",
            gotcha="model-ids",
        )


def _without_prefix(case: Case, entry: Entry, provider: str) -> tuple[Edit, ...]:
    place = (*entry.path, "model_id")
    if place in case.substituted or (*entry.path, "provider_id") in case.substituted:
        return ()
    plain = entry.text("model_id").removeprefix(f"{provider}/")
    return (Edit(Operation.SET, place, value=plain),)


def _types(entry: Entry, stops: int) -> Iterator[Finding]:
    kind, metadata = entry.values.get("model_type"), entry.values.get("metadata")
    if kind == "embedding":
        if not (isinstance(metadata, dict) and "embedding_dimension" in metadata):
            yield Finding(
                id="embedding-without-dimension",
                level=Level.ERROR,
                effect=Effect.REFUSED,
                path=entry.path,
                what="an embedding model needs its `embedding_dimension` in `metadata`",
                instead="add `metadata: {embedding_dimension: …}`",
                stops=stops,
                gotcha="embedding-models",
            )
    elif "model_type" not in entry.values and "embed" in entry.text("model_id").lower():
        yield Finding(
            id="embedding-without-type",
            level=Level.WARNING,
            effect=Effect.MEANS_SOMETHING_ELSE,
            path=entry.path,
            what="without `model_type: embedding` the model counts as an llm",
            instead="add `model_type: embedding` and its `embedding_dimension`",
            gotcha="embedding-models",
        )


def _stored(case: Case, entry: Entry) -> tuple[str, tuple[Any, ...]]:
    """Return the name under which an entry is stored, and what is compared with another of it."""
    provider, model = entry.text("provider_id"), entry.text("model_id")
    inner = entry.text("provider_model_id") or model
    name = model if case.schema.release.within(ALIASES) else inner
    if case.schema.release.within(ALIASES):
        name = name.removeprefix(f"{provider}/")
    kind = entry.values.get("model_type") or "llm"
    return f"{provider}/{name}", (inner, kind, entry.values.get("metadata") or {})


def _duplicates(case: Case, entries: list[Entry]) -> Iterator[Finding]:
    first: dict[str, tuple[Any, ...]] = {}
    for order, entry in enumerate(entries):
        if not all(isinstance(entry.values.get(n), str) for n in ("provider_id", "model_id")):
            continue
        name, content = _stored(case, entry)
        if first.setdefault(name, content) != content:
            yield Finding(
                id="model-twice",
                level=Level.ERROR,
                effect=Effect.REFUSED,
                path=entry.path,
                what=f"`{name}` is registered before with something else: `already exists`",
                instead="register each model of a provider once",
                stops=Stage.RESOURCES + order,
                gotcha="duplicate-models",
            )
