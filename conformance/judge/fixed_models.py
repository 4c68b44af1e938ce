"""Finds registered models that their provider refuses during the start, whatever its vendor has.

Read from the adapters of the releases that check a registered model: some against a list of their
own, all against `allowed_models`. From 0.6.0 on a registered model is not checked.
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.judge import demands, resources
from conformance.judge.finding import Effect, Finding, Level
from conformance.judge.values import Unknown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.judge.case import Case, Provider
    from conformance.judge.resources import Entry

TABLE = Path(__file__).with_suffix(".toml")
VERTEX = "remote::vertexai"
CHECKED = "<0.6"
ALLOWED = ">=0.3,<0.6"


def findings(case: Case) -> Iterator[Finding]:
    """Yield each registered model that its provider does not know or does not allow.

    Vertex AI also wants Google's credentials then, which stand in no config: not checked.
    """
    if not case.schema.release.within(CHECKED):
        return
    for entry, provider in resources.with_provider(case):
        refused = list(_refused(case, entry, provider))
        yield from refused
        if not refused and provider.kind == VERTEX:
            yield _unchecked(entry)


def _refused(case: Case, entry: Entry, provider: Provider) -> Iterator[Finding]:
    model = entry.values.get("provider_model_id") or entry.values.get("model_id")
    if not isinstance(model, str):
        return
    kind = str(provider.kind)
    known = _known(case, kind)
    allowed = provider.config.get("allowed_models")
    if known and model not in known:
        what = f"`{kind}` of {case.schema.release} knows no model `{model}`, and fails to start"
        yield _finding(entry, what, f"register one of: {', '.join(known)}; or none")
    elif _asks(case, kind) and _surely_without(allowed, model):
        what = f"`{kind}` refuses to register `{model}`: its `allowed_models` lack it"
        yield _finding(entry, what, f"add `{model}` to `allowed_models`, or do not register it")


def _asks(case: Case, kind: str) -> bool:
    checking = kind == VERTEX or kind in demands.asking(case)
    return checking and case.schema.release.within(ALLOWED)


def _surely_without(allowed: Any, model: str) -> bool:
    if not isinstance(allowed, list) or any(isinstance(name, Unknown) for name in allowed):
        return False
    return model not in allowed


def _known(case: Case, kind: str) -> list[str]:
    """Return the models that a provider knows on a release; none if it asks a vendor."""
    rows = _table().get(kind, ())
    return [name for r in rows if case.schema.release.within(r["releases"]) for name in r["names"]]


@cache
def _table() -> dict[str, list[dict[str, Any]]]:
    return tomllib.loads(TABLE.read_text(encoding="utf-8"))


def _finding(entry: Entry, what: str, instead: str) -> Finding:
    named = "provider_model_id" if entry.values.get("provider_model_id") else "model_id"
    return Finding(
        id="refused-model",
        level=Level.ERROR,
        effect=Effect.REFUSED,
        path=(*entry.path, named),
        what=what,
        instead=instead,
        stops=entry.stops,
    )


def _unchecked(entry: Entry) -> Finding:
    return Finding(
        id="google-credentials",
        level=Level.NOTE,
        effect=Effect.NOT_CHECKED,
        path=entry.path,
        what=f"`{VERTEX}` registers a model only with Google's credentials, which are not here",
        instead="set `GOOGLE_APPLICATION_CREDENTIALS`, or register nothing for it",
    )
