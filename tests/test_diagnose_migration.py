"""What every release says of a config can be repaired, and no config ends in a traceback."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from conformance.core import releases
from conformance.diagnose.asked import Asked
from conformance.diagnose.files import forms
from conformance.diagnose.repair import repairs
from conformance.judge import judging
from conformance.releases import crosscheck
from tests.support.examples import given
from tests.support.examples import strategies as st

if TYPE_CHECKING:
    from conformance.core.releases import Release

CONFIGS = sorted((Path(__file__).parent / "data" / "configs").glob("*.yaml"))
ERA = Path(__file__).parent / "data" / "eras" / "era-0.2.yaml"
TARGETS = ("0.4.7", "0.5.1", "0.7.1", "ogx==1.5.0")


def asked_of(name: str) -> Asked:
    """Return the judge, asked for a release, with no variable set."""
    return Asked(judging, {}, releases.find(name))


def test_there_are_configs() -> None:
    """The configs that the other tests repair are there."""
    assert len(CONFIGS) > 10


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("file", CONFIGS, ids=lambda file: file.stem)
def test_a_migration_leaves_nothing_to_fix(file: Path, target: str) -> None:
    """After a migration no cure is left, no fault was added, and a second run changes nothing."""
    asked = asked_of(target)
    text = file.read_text(encoding="utf-8")
    done = repairs.repaired(file.name, text, asked)
    again = repairs.repaired(file.name, done.after, asked)

    assert [] == done.left
    assert done.after == again.after
    before, after = (asked.findings(yaml.safe_load(each)) for each in (text, done.after))
    assert [] == [finding for finding in after if finding.edits]
    assert len(after) <= len(before)


@pytest.mark.parametrize("file", CONFIGS, ids=lambda file: file.stem)
def test_comments_survive_a_migration(file: Path) -> None:
    """Every comment that does not speak of something removed is still there."""
    asked = asked_of("latest")
    text = "# the first line\n" + file.read_text(encoding="utf-8") + "# the last line\n"
    done = repairs.repaired(file.name, text, asked)

    lines = done.after.splitlines()
    assert "# the first line" == lines[0]
    assert "# the last line" == lines[-1]


WORDS = st.sampled_from(
    [
        *("inference", "agents", "telemetry", "safety", "remote::vllm", "remote::openai", "sqlite"),
        *("inline::meta-reference", "~/x.db", "${env.X}", "${env.X:=y}", "${env.X:+y}", "${X}", ""),
        *("http://user:pass@host", "kv_default", "__disabled__", "all"),
    ]
)
SCALARS = WORDS | st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
KEYS = st.sampled_from(sorted(forms.KEYS)) | st.sampled_from(
    [
        *("inference", "config", "provider_id", "provider_type", "url", "base_url", "stores"),
        *("backends", "type", "backend", "namespace", "metadata", "model_id", "auth", "kvstore"),
    ]
)
DATA = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(KEYS | st.integers() | st.none(), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(st.dictionaries(KEYS, DATA, max_size=6), st.sampled_from(["0.5.1", "ogx==1.5.0"]))
def test_no_config_is_a_traceback(config: dict[str, Any], release: str) -> None:
    """Whatever a config holds, it is judged, and its cures can be applied or are refused."""
    text = yaml.safe_dump(config, sort_keys=False, allow_unicode=True)
    done = repairs.repaired("run.yaml", text, asked_of(release))

    assert isinstance(yaml.safe_load(done.after), dict)
    assert judging.written_for(config) is not None


def migrated(text: str, release: Release) -> repairs.Repair:
    """Return a config as `--migrate` leaves it."""
    return repairs.repaired("run.yaml", text, Asked(judging, {}, release, migrating=True))


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("file", [*CONFIGS, ERA], ids=lambda file: file.stem)
def test_a_migrated_config_has_nothing_that_stops_it(file: Path, target: str) -> None:
    """A migration to any era leaves nothing that stops the start, and is done at once."""
    release = releases.find(target)
    done = migrated(file.read_text(encoding="utf-8"), release)

    assert [] == done.left
    assert done.after == migrated(done.after, release).after
    found = judging.findings(yaml.safe_load(done.after), release, None)
    assert [] == [one for one in found if one.stops is not None]


def test_migrated_configs_start() -> None:
    """What the thirteen configs and one of 0.2 become, the reference release starts with."""
    texts = [
        migrated(file.read_text(encoding="utf-8"), releases.reference()).after
        for file in [*CONFIGS, ERA]
    ]
    environ = crosscheck.placeholders(texts)
    seen = crosscheck.observed(sys.executable, list(map(yaml.safe_load, texts)), environ)

    assert [] == [row["stops"] for row in seen if row["stops"]]


def test_stores_of_0_2_are_rewritten() -> None:
    """A store becomes a backend with its file, and a reference to it of the kind that is wanted."""
    done = migrated(ERA.read_text(encoding="utf-8"), releases.find("latest"))
    config = yaml.safe_load(done.after)

    assert config["storage"] == {
        "backends": {
            "kv_default": {"type": "kv_sqlite", "db_path": "${env.HOME}/.llama/registry.db"},
            "kv_faiss": {"type": "kv_sqlite", "db_path": "${env.DIR:=~/.llama}/faiss.db"},
            "sql_default": {"type": "sql_postgres", "host": "db", "user": "me", "password": "x"},
            "sql_responses": {"type": "sql_sqlite", "db_path": "/var/responses.db"},
        },
        "stores": {
            "metadata": {"backend": "kv_default", "namespace": "registry"},
            "inference": {"backend": "sql_default", "table_name": "mine"},
        },
    }
    assert config["providers"]["responses"][0]["config"] == {
        "persistence": {"responses": {"backend": "sql_responses", "table_name": "responses"}}
    }
    assert config["providers"]["vector_io"][0]["config"] == {
        "persistence": {"backend": "kv_faiss", "namespace": "vector_io::faiss"}
    }
    assert config["apis"] == ["responses", "inference", "vector_io", "tool_runtime", "files"]
    assert config["providers"]["files"][0]["provider_type"] == "inline::localfs"


def test_a_version_is_put_into_the_default_of_a_variable() -> None:
    """A URL behind a variable moves to `base_url`, with the version of the vendor's own default."""
    done = migrated(ERA.read_text(encoding="utf-8"), releases.reference())
    config = yaml.safe_load(done.after)
    entries = config["providers"]["inference"]
    urls = [entry["config"]["base_url"] for entry in entries if "config" in entry]

    assert urls == [
        "${env.VLLM_URL:=http://localhost:8000/v1}",
        "https://api.groq.com/openai/v1",
    ]


AGENTS = """\
version: 2
image_name: a
apis: [agents, inference, vector_io, tool_runtime, files]
providers:
  inference: [{provider_id: a, provider_type: remote::openai, config: {}}]
  vector_io: []
  tool_runtime: []
  agents:
  - provider_id: b
    provider_type: inline::meta-reference
    config:
      persistence_store: {type: sqlite, db_path: agents.db}
"""


@pytest.mark.parametrize("target", ["0.5.1", "0.7.1", "ogx==1.5.0"])
def test_agents_with_one_old_store_have_what_the_release_demands(target: str) -> None:
    """The store of responses is new to a config that had one for agents alone."""
    release = releases.find(target)
    made = yaml.safe_load(migrated(AGENTS, release).after)
    (section,) = made["providers"].keys() & {"agents", "responses"}

    assert made["providers"][section][0]["config"]["persistence"]["responses"]["table_name"]
    stopping = [one for one in judging.findings(made, release, {}) if one.stops is not None]
    assert not [one for one in stopping if one.path[:2] == ("providers", section)]


SMALLEST = """\
version: 2
image_name: a
apis: [inference, vector_io]
providers:
  inference: []
  vector_io:
  - provider_id: faiss
    provider_type: inline::faiss
    config:
      kvstore:
        # SQLite backend
        db_path: faiss.db
"""


@pytest.mark.parametrize("target", TARGETS)
def test_a_comment_in_an_old_store_stays_with_it(target: str) -> None:
    """What an old store becomes has the comment that stood in it."""
    lines = migrated(SMALLEST, releases.find(target)).after.splitlines()
    place = lines.index("        # SQLite backend")

    assert lines[place - 1 : place + 2] == [
        "      persistence:",
        "        # SQLite backend",
        "        backend: kv_default",
    ]


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("file", [*CONFIGS, ERA], ids=lambda file: file.stem)
def test_no_comment_is_lost(file: Path, target: str) -> None:
    """Comments before and behind each line of a config are all there after a migration."""
    plain = file.read_text(encoding="utf-8")
    lines = [line for line in plain.splitlines() if line.strip()]
    text = "".join(
        f"{line[: len(line) - len(line.lstrip())]}# above {number}.\n{line}  # behind {number}.\n"
        for number, line in enumerate(lines)
    )
    assert yaml.safe_load(text) == yaml.safe_load(plain)
    done = migrated(text, releases.find(target))

    comments = [f"# {where} {number}." for number in range(len(lines)) for where in WHERE]
    assert {done.after.count(comment) for comment in comments} == {1}
    assert yaml.safe_load(done.after) == yaml.safe_load(
        migrated(plain, releases.find(target)).after
    )


WHERE = ("above", "behind")
