"""What a release says when it refuses a config is told apart: a gotcha, or what a machine lacks."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.core import releases
from conformance.run import catalogue, refusals
from conformance.run.refusals import Refusal
from conformance.run.report import remedies

SAID = {
    "ValueError: API 'telemetry' does not exist. Use Api.add()": Refusal("telemetry-removed"),
    "ValueError: Model 'gpt-4o' is not available": Refusal("remote-openai-startup"),
    "ValueError: Provider `remote::passthrough` is not available for API `x`": Refusal(),
    "ValueError: Model 'gpt-4o' already exists": Refusal("duplicate-models"),
    "ModuleNotFoundError: No module named 'faiss'": Refusal(
        lacked="a provider needs the package `faiss`: install it"
    ),
    "FileNotFoundError: External providers directory not found: /tmp/x/home/p": Refusal(
        lacked="its directory of external providers is not here, or not by its whole path"
    ),
    "Value error, Proxy CA certificate file does not exist: /etc/ca.pem": Refusal(
        lacked="a certificate or a key that it names is not on this machine, or not by its whole "
        "path"
    ),
    "ValidationError: 1 validation error for StackConfig": Refusal(),
}


@pytest.mark.parametrize(("message", "read"), SAID.items(), ids=[*map(str, range(len(SAID)))])
def test_a_refusal_is_read(message: str, read: Refusal) -> None:
    """Each message of a release names its gotcha, or the machine's lack, or neither."""
    assert read == refusals.read(message)


def test_only_gotchas_are_named() -> None:
    """Every slug that a message is read as is a gotcha of the catalogue."""
    assert {slug for _, slug in refusals.SHOWN_BY} <= catalogue.topics().keys()


CONFIGS = Path(__file__).parent / "data" / "configs"


def test_all_that_stops_a_start_is_said_with_what_to_write() -> None:
    """A config that is refused is told more than the release's first message."""
    file = str(CONFIGS / "f10-safety.yaml")
    found = remedies.of(file, releases.find("ogx 1.5.0"), "", catalogue.topics())

    assert any("has no API `safety`; instead: leave it out" in line for line in found)
    assert found[-1] == f"with their lines: llama-conformance diagnose {file}"


def test_what_no_file_shows_is_read_from_the_message(tmp_path: Path) -> None:
    """Nothing in the file stops the start: the gotcha that the message is has the workaround."""
    file = tmp_path / "run.yaml"
    file.write_text("distro_name: x\nproviders: {}\n", encoding="utf-8")
    topics, said = catalogue.topics(), "ValueError: Model 'gpt-4o' already exists"

    assert remedies.of(str(file), releases.find("0.5.1"), said, topics) == [
        f"instead: {topics['duplicate-models'].instead}"
    ]
    assert [] == remedies.of(str(file), releases.find("0.5.1"), "ValueError: no", topics)


def test_a_file_that_is_gone_falls_back_to_the_message() -> None:
    """The report of a run may be read when its config is not there any more."""
    said = "Environment variable 'KEY' not set"

    assert (
        len(remedies.of("/nobody/run.yaml", releases.find("0.5.1"), said, catalogue.topics())) == 1
    )


def test_a_remedy_shows_no_secret(tmp_path: Path) -> None:
    """A value of a secret field that a finding would quote is taken out."""
    file = tmp_path / "run.yaml"
    file.write_text(
        "distro_name: x\nproviders:\n  inference:\n"
        "  - {provider_id: a, provider_type: correct-horse, config: {api_key: correct-horse}}\n",
        encoding="utf-8",
    )
    found = remedies.of(str(file), releases.find("0.5.1"), "", catalogue.topics())

    assert found
    assert "correct-horse" not in " ".join(found[:-1])
