"""Finds `allowed_models` on passthrough, where it limits nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.judge.finding import Effect, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.judge.case import Case
    from conformance.judge.finding import Finding


def find(case: Case) -> Iterator[Finding]:
    """Yield each list of models that limits nothing."""
    for provider in case.of_type("remote::passthrough"):
        if provider.config.get("allowed_models"):
            yield shown(
                "allowed-models",
                Effect.MEANS_SOMETHING_ELSE,
                (*provider.path, "config", "allowed_models"),
                "`allowed_models` limits nothing on `remote::passthrough`",
                "limit the models in the proxy in front, or use `remote::openai`",
            )
