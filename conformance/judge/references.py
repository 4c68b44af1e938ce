"""Finds names in `vector_stores` and `safety` that stand for nothing in the config.

The start asks for defaults last, when all resources are registered. A model that a provider may
list by itself is not known from the config, and nothing is said of it; but a registered vector
store is made before any provider is asked for its list.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.judge import apis, moves, resources
from conformance.judge.finding import Effect, Finding, Level
from conformance.judge.stages import Stage
from conformance.judge.values import Unknown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.judge.case import Case
    from conformance.judge.finding import Path

MODELS = (
    ("vector_stores", "default_embedding_model"),
    ("vector_stores", "default_reranker_model"),
    ("vector_stores", "rewrite_query_params", "model"),
)
SHIELD = ("safety", "default_shield_id")
EMBEDDING = "embedding"
LAST = Stage.RESOURCES + 900


def findings(case: Case) -> Iterator[Finding]:
    """Yield models of providers that are not there, and a shield that is not registered."""
    there = apis.available(case)
    for order, path in enumerate(MODELS):
        value = case.at(*path)
        if isinstance(value, dict) and moves.knows(case.schema.stack, path, case.schema):
            yield from _model(case, path, value, there, LAST + order)
    if moves.knows(case.schema.stack, SHIELD, case.schema):
        yield from _shield(case, there)
    registered = {section for section, _ in case.schema.facts["resources"]}
    if "vector_stores" in registered and {"models", "vector_stores"} <= there:
        yield from _embedding(case)


def _model(
    case: Case, path: Path, value: dict[str, Any], there: set[str], stops: int
) -> Iterator[Finding]:
    provider = value.get("provider_id")
    own = [p.id for p in case.providers if p.api == "inference" and p.enabled]
    if "models" not in there:
        yield _refused(path, "it names a model, and nothing here provides `models`", stops)
    elif not isinstance(provider, str) or case.external:
        return
    elif provider not in own and not any(isinstance(name, Unknown) for name in own):
        what, cure = resources.lacking(case, "inference", provider, own)
        yield _refused((*path, "provider_id"), what, stops, cure)


def _shield(case: Case, there: set[str]) -> Iterator[Finding]:
    shield = case.at(*SHIELD)
    if shield is None or isinstance(shield, Unknown):
        return
    for api in ("shields", "safety"):
        if api not in there:
            yield _refused(SHIELD, f"it names a shield, and nothing here provides `{api}`", LAST)
            return
    entries = list(resources.entries(case, "shields"))
    names = {entry.text("shield_id") for entry in entries}
    if entries and "" not in names and shield not in names and not case.external:
        known = ", ".join(sorted(names))
        yield _refused(SHIELD, f"no shield `{shield}` is registered; there are: {known}", LAST)


def _embedding(case: Case) -> Iterator[Finding]:
    """Yield vector stores whose embedding model is not registered before them, or as another."""
    kinds: dict[str, Any] = {}
    for entry in resources.entries(case):
        if any(isinstance(value, Unknown) for value in entry.values.values()):
            return
        kinds[resources.stored_name(case, entry)] = entry.values.get("model_type") or "llm"
    stores = [p.id for p in case.providers if p.api == "vector_io" and p.enabled]
    for entry in resources.entries(case, "vector_stores"):
        model = entry.text("embedding_model")
        if not model or kinds.get(model) == EMBEDDING or entry.text("provider_id") not in stores:
            continue
        listed = ", ".join(sorted(kinds)) or "none"
        what = f"no model `{model}` is registered before the vector store; there are: {listed}"
        if model in kinds:
            what = f"`{model}` is registered with the `model_type` {kinds[model]}, not {EMBEDDING}"
        yield _refused((*entry.path, "embedding_model"), what, Stage.RESOURCES + 600)


def _refused(path: Path, what: str, stops: int, cure: str = "") -> Finding:
    return Finding(
        id="unknown-reference",
        level=Level.ERROR,
        effect=Effect.REFUSED,
        path=path,
        what=what,
        instead=cure or "name what is there, or leave the setting out",
        stops=stops,
    )
