"""Finds model ids that the release changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.judge import resources
from conformance.judge.finding import Edit, Effect, Operation, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.judge.case import Case
    from conformance.judge.finding import Finding
    from conformance.judge.resources import Entry


ALIASES = ">=0.8"  # from here on `model_id` stays the name if there is a `provider_model_id`


def find(case: Case) -> Iterator[Finding]:
    """Yield ids that repeat their provider, and names that callers will not find."""
    for entry in resources.models(case):
        yield from _repeated(case, entry)
        inner, model = entry.text("provider_model_id"), entry.text("model_id")
        if inner and inner != model and not case.schema.release.within(ALIASES):
            yield shown(
                "dropped-alias",
                Effect.MEANS_SOMETHING_ELSE,
                (*entry.path, "model_id"),
                f"`model_id` is dropped for `provider_model_id`: callers find `{inner}` only",
                "let callers use the vendor's name; aliases work from 0.8.0 on",
                gotcha="model-ids",
            )


def _repeated(case: Case, entry: Entry) -> Iterator[Finding]:
    model, prefix = entry.text("model_id"), f"{entry.text('provider_id')}/"
    if not model.startswith(prefix) or entry.text("provider_model_id").startswith(prefix):
        return
    place, plain = (*entry.path, "model_id"), model.removeprefix(prefix)
    known = not {place, (*entry.path, "provider_id")} & case.substituted
    yield shown(
        "repeated-prefix",
        Effect.MEANS_SOMETHING_ELSE,
        place,
        f"the release adds `{prefix}` itself; the vendor does not know the model under the name "
        "that results",
        f"write `{plain}`",
        gotcha="model-ids",
        edits=(Edit(Operation.SET, place, value=plain),) if known else (),
    )
