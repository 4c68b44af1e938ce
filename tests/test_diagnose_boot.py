"""`diagnose --boot`: what only a start shows, without touching anything that is the user's."""

from __future__ import annotations

import json
import socket
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from conformance.commands import main
from conformance.core import releases
from conformance.diagnose import booting
from conformance.judge.finding import Effect, Finding, Level
from conformance.releases import environments, suite_copy
from conformance.run.trial import once, rehoused

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY = "correct-horse-battery"
CONFIG = """\
distro_name: gateway
apis: [inference, models]
providers:
  inference:
  - provider_id: {name}
    provider_type: {kind}
    config: {{{config}}}
storage:
  backends:
    kv_default: {backend}
    sql_default: {{type: sql_sqlite, db_path: {place}/sql.db}}
  stores:
    metadata: {{backend: kv_default, namespace: registry}}
    inference: {{backend: sql_default, table_name: inference}}
    conversations: {{backend: sql_default, table_name: talks}}
    prompts: {{backend: kv_default, namespace: prompts}}
registered_resources:
  models:
  - {{provider_id: {name}, model_id: gpt-4o, model_type: llm}}
"""


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """A server of this machine that nobody may reach."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        yield server


def text(place: Path, **parts: str) -> str:
    """Return a config with one provider, whose SQL store is in a place."""
    given = {
        "name": "mine",
        "kind": "remote::openai",
        "config": f"api_key: {KEY}",
        "backend": "{type: kv_sqlite, db_path: ~/kv.db}",
    }
    return CONFIG.format(place=place, **(given | parts))


def booted(tmp_path: Path, content: str) -> dict[str, Any]:
    """Return what `diagnose --boot` says of a config, as JSON."""
    file, temporary = tmp_path / "run.yaml", tmp_path / "temporary"
    file.write_text(content, encoding="utf-8")
    temporary.mkdir()
    words = ["diagnose", "--boot", "--format", "json", str(file)]
    done = CliRunner(env={"TMPDIR": str(temporary)}).invoke(main.main, words)
    assert done.exit_code in {0, 1}, done.output
    assert KEY not in done.output
    (found,) = json.loads(done.stdout)["files"]
    assert {file, temporary} == set(tmp_path.iterdir())
    assert [] == list(temporary.iterdir())
    return dict(found)


GOOD_EVERYWHERE = """
version: 2
image_name: shop
distro_name: shop
apis: [inference]
providers:
  inference:
  - provider_id: vendor
    provider_type: remote::openai
    config: {api_key: some-made-up-key}
storage:
  backends:
    kv_default: {type: kv_sqlite, db_path: HERE/kv.db}
    sql_default: {type: sql_sqlite, db_path: HERE/sql.db}
  stores:
    metadata: {backend: kv_default, namespace: registry}
    inference: {backend: sql_default, table_name: inference}
    conversations: {backend: sql_default, table_name: conversations}
"""


def ids(found: dict[str, Any]) -> dict[str, str]:
    """Return the findings by their ids, with what they say."""
    return {each["id"]: each["what"] for each in found["findings"]}


def test_a_start_says_what_no_file_shows(tmp_path: Path) -> None:
    """It came up; a vendor was asked, and nobody but a stand-in answered."""
    place = Path("/nobody/is/here")
    found = booted(tmp_path, text(place))

    assert found["boots"] == "yes"
    assert found["release"] == str(releases.installed())
    assert "GET https://api.openai.com/v1/models" in ids(found)["boot-asks-vendor"]
    assert not place.exists()


def test_a_gateway_that_asks_who_calls_comes_up(tmp_path: Path) -> None:
    """It lists no models for strangers, and that is no failure of its start."""
    auth = "server: {auth: {provider_config: {type: kubernetes}}}\n"

    assert booted(tmp_path, text(tmp_path) + auth)["boots"] == "yes"


def test_a_missing_package_is_no_fault(tmp_path: Path) -> None:
    """It is named at the provider's line with the command that installs it."""
    found = booted(tmp_path, text(tmp_path, kind="remote::ollama", config=""))
    (missing,) = [each for each in found["findings"] if each["id"] == "missing-package"]

    assert found["boots"] == "unsure"
    assert (missing["level"], missing["line"]) == ("note", 6)
    assert missing["instead"].startswith("pip install ollama")
    assert "start-fails" not in ids(found)


def test_the_message_of_a_refusal_is_shown(tmp_path: Path) -> None:
    """What the file shows is refused by the start too, with the release's own message."""
    content = text(tmp_path).replace("model_type: llm", "model_type: embedding")
    found = booted(tmp_path, content)

    assert found["boots"] == "no"
    assert "must have an embedding dimension" in ids(found)["boot-start-ends"]


def test_no_database_is_touched(tmp_path: Path, listener: socket.socket) -> None:
    """A store on a server is replaced by a file, and nothing connects to the server."""
    port = listener.getsockname()[1]
    backend = f"{{type: kv_redis, host: 127.0.0.1, port: {port}}}"
    found = booted(tmp_path, text(tmp_path, backend=backend))

    assert found["boots"] == "yes"
    assert "`kv_default`" in ids(found)["boot-stores"]
    with pytest.raises(TimeoutError):
        listener.accept()


def test_no_server_of_this_machine_is_asked(tmp_path: Path, listener: socket.socket) -> None:
    """A provider's own server gets no key: a stand-in answers for it."""
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
    found = booted(tmp_path, text(tmp_path, config=f'api_key: {KEY}, base_url: "{url}"'))

    assert url in ids(found)["boot-asks-vendor"]
    with pytest.raises(TimeoutError):
        listener.accept()


def test_a_release_is_not_chosen(tmp_path: Path) -> None:
    """Only the installed release can start anything."""
    file = tmp_path / "run.yaml"
    file.write_text(text(tmp_path), encoding="utf-8")
    asked = ["diagnose", "--boot", "--release", "latest", str(file)]
    done = CliRunner().invoke(main.main, asked)

    assert done.exit_code == 2
    assert "--boot starts the installed release" in done.output


def test_providers_with_a_port_are_led_nowhere() -> None:
    """A client that opens connections unseen finds nobody."""
    config = {"providers": {"vector_io": [{"config": {"host": "db", "port": 5432, "db": "x"}}]}}
    changed, _ = rehoused.config(config)

    assert changed["providers"]["vector_io"][0]["config"] == {**rehoused.NOBODY, "db": "x"}


def test_a_file_that_is_none_is_not_observed(tmp_path: Path) -> None:
    """A trial says what is wrong instead of ending with a traceback."""
    assert "strerror" not in once.main(tmp_path / "absent.yaml")
    assert json.loads(once.main(tmp_path / "absent.yaml")).keys() == {"unobserved"}


def test_a_start_against_what_is_said_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """If the release starts with what a finding says it refuses, both are shown."""
    seen: dict[str, Any] = {
        "failure": None,
        "lacked": "",
        "packages": [],
        "stores": [],
        "asked": [],
        "log": [],
    }
    monkeypatch.setattr(booting, "_tried", lambda *_: seen)
    refused = Finding(
        id="unknown-api", level=Level.ERROR, effect=Effect.REFUSED, path=(), what="no", stops=1
    )
    start = booting.start("", {}, [refused])

    assert start.came_up
    assert [each.id for each in start.findings] == ["boot-came-up"]


@pytest.mark.thorough
@pytest.mark.parametrize("name", ["0.4.0", "0.7.1", "ogx==1.5.0"])
def test_another_release_starts_it(tmp_path: Path, name: str) -> None:
    """Installed beside another release, `--boot` starts that one: what comes up, and what ends."""
    release = releases.find(name)
    python = environments.prepare(release).python
    text = GOOD_EVERYWHERE.replace("HERE", str(tmp_path / "state"))
    started = {}
    for word in ("inference", "telemetry"):
        file = tmp_path / f"{word}.yaml"
        file.write_text(text.replace("[inference]", f"[inference, {word}]"), encoding="utf-8")
        code = "from conformance.commands.main import main; main()"
        done = subprocess.run(  # noqa: S603 - our own command
            [python, "-c", code, "diagnose", "--boot", "--format", "json", str(file)],
            env={**suite_copy.variables(), "HOME": str(tmp_path)},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=200,
            check=False,
        )
        (started[word],) = json.loads(done.stdout)["files"]

    assert {str(release)} == {each["release"] for each in started.values()}
    assert ["yes", "no"] == [each["boots"] for each in started.values()]
    assert "boot-start-ends" in {each["id"] for each in started["telemetry"]["findings"]}
    assert not (tmp_path / "state").exists()
