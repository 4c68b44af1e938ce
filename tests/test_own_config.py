"""With a user's own config the suite says nothing false: no drift that is none, and no secret."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support import runs

pytestmark = pytest.mark.integration  # runs on configs of users

CONFIGS = Path(__file__).parent / "data" / "configs"
GEMINI = "https://generativelanguage.googleapis.com/v1beta/openai"
PLAIN_SECRET, KEY = "correct-horse-battery", "sk-proj-Kd93mXw9KcB2vLdq7Zt4mXw9KcB2vL"
VARIABLES = {"MY_DIR": "/nobody/is/there", "MY_URL": GEMINI, "MY_KEY": KEY}


def provider(name: str, kind: str, **config: Any) -> dict[str, Any]:
    """Return an inference provider."""
    return {"provider_id": name, "provider_type": f"remote::{kind}", "config": config}


def gateway(*providers: Mapping[str, Any], **models: str) -> dict[str, Any]:
    """Return a config with these inference providers, and a model for each that is named."""
    entries = [{"provider_id": p, "model_id": m, "model_type": "llm"} for p, m in models.items()]
    return {
        "version": 2,
        "distro_name": "mine",
        "apis": ["inference"],
        "providers": {"inference": [*providers]},
        "registered_resources": {"models": entries},
        "storage": {
            "backends": {
                "kv_default": {"type": "kv_sqlite", "db_path": "/nobody/is/here/kv.db"},
                "sql_default": {"type": "sql_sqlite", "db_path": "${env.MY_DIR}/sql.db"},
            },
            "stores": {
                "metadata": {"backend": "kv_default", "namespace": "registry"},
                "inference": {"backend": "sql_default", "table_name": "inference"},
                "conversations": {"backend": "sql_default", "table_name": "talks"},
            },
        },
    }


GOOGLE = gateway(provider("google", "passthrough", base_url=GEMINI), google="gemini-2.0-flash")
OPENAI = [provider(f"o{n}", "passthrough", base_url="https://api.openai.com") for n in range(4)]
CLAUDE = provider("a", "passthrough", base_url="https://api.anthropic.com")
AUTH = {"auth": {"provider_config": {"type": "custom", "endpoint": "https://auth.internal/x"}}}
GOOD: dict[str, dict[str, Any]] = {
    "one vendor": GOOGLE,
    "a proxy": gateway(provider("p", "passthrough", base_url="http://127.0.0.1:4000"), p="gpt-4o"),
    "a variable": gateway(provider("g", "passthrough", base_url="${env.MY_URL}"), g="gemini-1.5"),
    "no models": gateway(OPENAI[0]),
    "no resources": {k: v for k, v in GOOGLE.items() if k != "registered_resources"},
    "models at the top": GOOGLE | {"models": [{"provider_id": "google", "model_id": "x"}]},
    "an empty default": gateway(provider("oai", "openai", api_key="${env.NOT_SET:=}")),
    "a vendor's key": gateway(provider("oai", "openai", api_key="${env.MY_KEY}"), oai="gpt-4.1"),
    "vllm": gateway(
        provider("gpu", "vllm", base_url="http://gpu.test:8000/v1", api_token=PLAIN_SECRET),
        gpu="granite-8b",
    ),
    "a token for the gateway": GOOGLE | {"server": AUTH},
}


Ask = Callable[[Mapping[str, Any] | Path], runs.Run]


@pytest.fixture
def ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Asks the checks of a config, as a user does who has it in a directory with a blank."""
    home = tmp_path / "my config"
    home.mkdir()
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)

    def asked(config: Mapping[str, Any] | Path) -> runs.Run:
        file = home / "run.yaml"
        if isinstance(config, Path):
            shutil.copy(config, file)
        else:
            file.write_text(yaml.safe_dump(dict(config), sort_keys=False), encoding="utf-8")
        before = file.read_bytes()
        run = runs.here(tmp_path, "--conformance-subject=config", f"--stack-config={file}")

        assert before == file.read_bytes()
        assert [file] == list(home.iterdir())
        assert not Path("/nobody").exists()
        return run

    return asked


@pytest.mark.parametrize("config", GOOD.values(), ids=GOOD)
def test_a_good_config_drifts_nowhere(ask: Ask, config: Mapping[str, Any]) -> None:
    """Whatever its names, models and vendors: nothing drifts, nothing fails, no secret is shown."""
    hold_good(ask(config))


def hold_good(run: runs.Run) -> None:
    """Hold that nothing is said against a config, and nothing of its secrets."""
    assert run.verdicts() <= {"as-expected", "not-applicable"}, run.output
    assert run.outcomes["keyless-boot/boots"] == "as-expected: boots"
    assert run.status == 0
    assert "no longer hurts" not in run.output
    assert [] == [word for word in (PLAIN_SECRET, KEY) if word in run.output + str(run.report)]


def test_chats_are_asked_through_every_provider(ask: Ask) -> None:
    """With five, too, all is good, and each has checks of its own, named after it."""
    run = ask(gateway(*OPENAI, CLAUDE, o1="gpt-4.1", a="claude-3-5-haiku-latest"))
    hold_good(run)
    chats = {check for check in run.outcomes if check.startswith("chat/plain-")}

    assert {f"chat/plain-{name}" for name in ("o0", "o1", "o2", "o3", "a")} == chats
    assert run.report is not None
    assert run.report["answers"]["made-up"] > 0
    assert run.report["answers"]["stand-in"] == 0


def test_a_provider_with_a_key_of_its_own_breaks_promises(ask: Ask) -> None:
    """Such a key is used for every caller, and asks for the vendor's models; no more drifts."""
    run = ask(gateway(provider("o", "passthrough", base_url="https://api.openai.com", api_key=KEY)))
    drifts = {check for check, seen in run.outcomes.items() if seen.startswith("drift")}

    assert {check.partition("/")[0] for check in drifts} == {
        "caller-key",
        "keyless-boot",
        "model-list",
    }
    assert KEY not in run.output + str(run.report)


REFUSED = {
    "f02-vllm-url.yaml": "You must provide a URL",
    "f04-telemetry.yaml": "see the gotcha `telemetry-removed`",
    "f12-own-backend-names.yaml": "references unknown backend",
}


@pytest.mark.parametrize(("name", "told"), REFUSED.items(), ids=REFUSED)
def test_a_config_that_does_not_boot_has_one_answer(ask: Ask, name: str, told: str) -> None:
    """One drift says what the release says; nothing else is judged."""
    run = ask(CONFIGS / name)
    drifts = [check for check, seen in run.outcomes.items() if seen.startswith("drift")]

    assert drifts == ["keyless-boot/boots"]
    assert run.verdicts() == {"drift", "not-applicable"}
    assert told in " ".join(run.output.split())


LACKING = {
    "f03-ollama-url.yaml": "a provider needs the package `ollama`: install it",
    "f13-conversations-provider.yaml": "set these variables, which it names: CHAT_MODEL",
}


@pytest.mark.parametrize(("name", "told"), LACKING.items(), ids=LACKING)
def test_what_this_machine_lacks_is_no_drift(ask: Ask, name: str, told: str) -> None:
    """A missing package or variable is one error that names it, not a fault of the config."""
    run = ask(CONFIGS / name)
    errors = [check for check, seen in run.outcomes.items() if seen.startswith("error")]

    assert errors == ["keyless-boot/boots"]
    assert run.verdicts() == {"error", "not-applicable"}
    assert told in " ".join(run.output.split())


def test_a_doubled_v1_is_found(ask: Ask) -> None:
    """A config with a real fault drifts, and says what was seen."""
    run = ask(gateway(provider("o", "passthrough", base_url="https://api.openai.com/v1")))

    assert run.outcomes["vendor-request/url-o"] == "drift: undocumented-path"
    assert "/v1/v1/chat/completions" in run.output


def test_a_bare_tilde_is_found(ask: Ask) -> None:
    """Stores that are not where the config says are a drift of the config."""
    run = ask(CONFIGS / "f08-tilde.yaml")

    assert run.outcomes["store-files/after-boot"] == "drift: missing"


def test_the_summary_has_two_headings(tmp_path: Path) -> None:
    """A run with a user's config tells it and the release apart, on the terminal and in JSON."""
    file = tmp_path / "mine.yaml"
    file.write_text(yaml.safe_dump(GOOGLE | {"storage": {}}), encoding="utf-8")
    run = runs.here(tmp_path, "--conformance-check=keyless-boot/*", f"--stack-config={file}")

    assert "your config on this release (" in run.output
    assert "this release (llama-stack 0.5.1)" in run.output
    assert run.report is not None
    assert {"config", "release"} == run.report["summary"].keys()
    assert run.report["config"]["own"] is True


def shipped() -> list[Path]:
    """Return the configs of the distributions that the installed release ships."""
    found = importlib.util.find_spec("llama_stack")
    assert found is not None
    assert found.origin is not None
    files = Path(found.origin).parent.glob("distributions/*/*.yaml")
    return sorted(file for file in files if file.stem != "build")  # a recipe for an image


@pytest.mark.parametrize("file", shipped(), ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_a_shipped_distribution_is_not_blamed(ask: Ask, file: Path) -> None:
    """A config that the release ships drifts nowhere; what it needs of the machine is named."""
    run = ask(file)
    errors = [seen for seen in run.outcomes.values() if seen.startswith("error")]

    assert "drift" not in run.verdicts(), run.output
    assert len(errors) <= 1, run.output


ODD: dict[str, Any] = {
    "empty sections": {"version": 2, "providers": None},
    "wrong types": {
        "version": 2,
        "providers": {"inference": [1, {"provider_id": 3}]},
        "server": "x",
        "storage": 5,
        "registered_resources": [1],
    },
    "a config map": {"apiVersion": "v1", "kind": "ConfigMap", "data": {"run.yaml": "version: 2"}},
}


@pytest.mark.parametrize("config", ODD.values(), ids=ODD)
def test_what_is_no_stack_config_has_one_answer(ask: Ask, config: Mapping[str, Any]) -> None:
    """Whatever the file holds, the release's refusal is the answer, and no other check fails."""
    run = ask(config)

    assert run.outcomes["keyless-boot/boots"] == "drift: boot-fails"
    assert run.verdicts() == {"drift", "not-applicable"}
    assert "instead : mend what stops its start" in " ".join(run.output.split())
    assert "and no `${env.…_API_KEY}`" not in run.output
