"""What a release says when it refuses a config is told apart: a gotcha, or what a machine lacks."""

from __future__ import annotations

import pytest

from conformance.run import refusals
from conformance.run.refusals import Refusal

SAID = {
    "ValueError: API 'telemetry' does not exist. Use Api.add()": Refusal("telemetry-removed"),
    "ValueError: Model 'gpt-4o' is not available": Refusal("remote-openai-startup"),
    "ValueError: Provider `remote::passthrough` is not available for API `x`": Refusal(),
    "ValueError: Model 'gpt-4o' already exists": Refusal("duplicate-models"),
    "ModuleNotFoundError: No module named 'faiss'": Refusal(
        lacked="a provider needs the package `faiss`: install it"
    ),
    "ValidationError: 1 validation error for StackConfig": Refusal(),
}


@pytest.mark.parametrize(("message", "read"), SAID.items(), ids=[*map(str, range(len(SAID)))])
def test_a_refusal_is_read(message: str, read: Refusal) -> None:
    """Each message of a release names its gotcha, or the machine's lack, or neither."""
    assert read == refusals.read(message)


def test_only_gotchas_are_named() -> None:
    """Every slug that a message is read as is a gotcha of the catalogue."""
    from conformance.run import catalogue  # noqa: PLC0415 - reads every file of checks

    assert {slug for _, slug in refusals.SHOWN_BY} <= catalogue.topics().keys()
