"""Finds embedding models that the release takes for something else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.judge import resources
from conformance.judge.finding import Effect, Level, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.judge.case import Case
    from conformance.judge.finding import Finding


def find(case: Case) -> Iterator[Finding]:
    """Yield embedding models without their type, and without their dimension."""
    for entry in resources.models(case):
        metadata = entry.values.get("metadata")
        if entry.values.get("model_type") == "embedding":
            if not (isinstance(metadata, dict) and "embedding_dimension" in metadata):
                yield shown(
                    "embedding-without-dimension",
                    Effect.REFUSED,
                    entry.path,
                    "an embedding model needs its `embedding_dimension` in `metadata`",
                    "add `metadata: {embedding_dimension: …}`",
                    gotcha="embedding-models",
                    level=Level.ERROR,
                    stops=entry.stops,
                )
        elif "model_type" not in entry.values and "embed" in entry.text("model_id").lower():
            yield shown(
                "embedding-without-type",
                Effect.MEANS_SOMETHING_ELSE,
                entry.path,
                "without `model_type: embedding` the model counts as an llm",
                "add `model_type: embedding` and its `embedding_dimension`",
                gotcha="embedding-models",
            )
