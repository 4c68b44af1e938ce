"""`crosscheck` has the release start configs, and says where `diagnose` and the release part."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from conformance.commands.main import main
from conformance.core import releases
from conformance.releases import crosscheck, environments, shipped, suite_copy
from conformance.releases.agreement import Counts, agreement

if TYPE_CHECKING:
    from pathlib import Path

GOOD: dict[str, Any] = {
    "distro_name": "a",
    "apis": ["inference"],
    "providers": {
        "inference": [
            {
                "provider_id": "v",
                "provider_type": "remote::vllm",
                "config": {"base_url": "http://127.0.0.1:9/v1", "colour": "blue"},
            }
        ]
    },
    "storage": {
        "backends": {
            "kv_default": {"type": "kv_sqlite", "db_path": "kv.db"},
            "sql_default": {"type": "sql_sqlite", "db_path": "sql.db"},
        }
    },
}
COLOUR = ["providers", "inference", 0, "config", "colour"]


def seen(**changes: Any) -> dict[str, Any]:
    """Return what a release that starts with `GOOD` would say."""
    nothing: dict[str, Any] = {"stops": None, "faults": [], "unread": [], "lacking": []}
    return {**nothing, "dropped": [COLOUR], **changes}


def test_both_agree() -> None:
    """A start that both expect, and a key that both drop, are no disagreement."""
    found = agreement(GOOD, seen(), releases.reference(), {})

    assert not found.disagreements
    assert found.ignored == Counts(both=1)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"stops": "ValueError: no"}, "only the release refuses: ValueError: no"),
        ({"dropped": []}, "only diagnose ignores providers.inference[0].config.colour"),
        ({"dropped": [COLOUR, ["apis"]]}, "only the release ignores apis"),
        (
            {"faults": [["providers", "inference", 0, "config", "max_tokens"]]},
            "only the release refuses providers.inference[0].config.max_tokens",
        ),
    ],
)
def test_a_disagreement_is_said(change: dict[str, Any], text: str) -> None:
    """What only one of the two says has its place."""
    found = agreement(GOOD, seen(**change), releases.reference(), {})

    assert (text,) == found.disagreements


def test_a_place_is_one_of_the_config() -> None:
    """What pydantic names in it, a branch of a union, is no key; a missing config is one."""
    config = {**GOOD, "providers": {**GOOD["providers"], "files": [{"provider_type": "a"}]}}
    faults = [
        ["providers", "files", 0, "config", "storage_dir"],
        ["providers", "inference", 0, "config", "base_url", "function-plain[check()]"],
    ]
    found = agreement(config, seen(faults=faults), releases.reference(), {})

    assert "only the release refuses providers.files[0].config.storage_dir" in found.disagreements
    assert "only the release refuses providers.inference[0].config.base_url" in found.disagreements


def test_a_start_that_only_diagnose_refuses_is_said() -> None:
    """A false alarm is the worst: it names the finding."""
    config = {**GOOD, "apis": ["inference", "telemetry"]}
    found = agreement(config, seen(), releases.reference(), {})

    (text,) = found.disagreements
    assert text.startswith("only diagnose refuses: unknown-api: ")


def test_a_provider_that_could_not_be_made_is_left_open() -> None:
    """Without the provider's package nobody sees what its start demands."""
    provider = {"provider_id": "o", "provider_type": "remote::oci", "config": {}}
    config = {**GOOD, "providers": {"inference": [provider]}}

    assert agreement(config, seen(lacking=["remote::oci"]), releases.reference(), {}).left_open
    assert not agreement(config, seen(), releases.reference(), {}).left_open


@pytest.mark.thorough
def test_the_reference_release_says_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The release's own code starts, refuses and ignores what `diagnose` says.

    Nothing of it connects: a provider that asks its vendor reaches nobody.
    """
    monkeypatch.setattr(environments, "prepare", lambda _: environments.Environment(sys.executable))
    keyless = {"provider_id": "v", "provider_type": "remote::groq"}
    asking = {"provider_id": "v", "provider_type": "remote::ollama"}
    models = {"models": [{"model_id": "m", "provider_id": "v"}]}
    configs = [
        GOOD,
        {**GOOD, "apis": ["inference", "telemetry"]},
        {**GOOD, "providers": {"inference": [keyless]}, "registered_resources": models},
        {**GOOD, "providers": {"inference": [asking]}, "registered_resources": models},
    ]
    names = []
    for number, config in enumerate(configs):
        file = tmp_path / f"{number}.yaml"
        file.write_text(json.dumps(config), encoding="utf-8")
        names.append(str(file))

    done = CliRunner().invoke(main, ["crosscheck", "0.5.1", *names])

    assert 0 == done.exit_code, done.output
    assert "4 configs, 0 left open; starts refused: 2 agree" in done.output


def test_what_cannot_be_compared(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An unknown release ends with status 2; an early one is not installed unasked."""
    assert 2 == CliRunner().invoke(main, ["crosscheck", "0.0.1"]).exit_code
    monkeypatch.setattr(suite_copy, "cache_directory", lambda: tmp_path)
    with pytest.raises(environments.EnvironmentsError):
        shipped.python(shipped.named("0.2.23"))


def test_what_this_machine_lacks_is_left_open() -> None:
    """A driver that is not installed, or a database that is not here, speaks for neither."""
    for stops in (
        "ModuleNotFoundError: No module named 'psycopg2'",
        "OSError: there is no network in a crosscheck",
        "RuntimeError: Could not connect to PostgreSQL database server",
        "ValidationError: 1 validation error: TLS certificate file does not exist: /etc/ca.crt",
    ):
        assert agreement(GOOD, seen(stops=stops), releases.reference(), {}).left_open


def test_a_variable_gets_a_value_of_its_kind() -> None:
    """A port is a number, and an endpoint of an exporter is a URL."""
    text = "${env.DB_PORT:=1} ${env.DB_PORT} ${env.EXPORTER_ENDPOINT:=} ${env.A_KEY}"
    text += " ${env.POSTGRES_HOST} ${env.OLLAMA_HOST}"
    found = crosscheck.placeholders([text])

    assert found["DB_PORT"] == "7"
    assert found["EXPORTER_ENDPOINT"] == crosscheck.URL
    assert found["POSTGRES_HOST"] == "127.0.0.1"
    assert found["OLLAMA_HOST"] == crosscheck.URL
    assert found["A_KEY"] == "some-text"
    assert crosscheck.placeholders(["${env.HOME}"])  # as the release has one
