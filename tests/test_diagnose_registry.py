"""A registry is compared with its config, and only what is stale is forgotten."""

from __future__ import annotations

import json
import socket
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from conformance.diagnose import options
from conformance.diagnose.registry import contents
from tests.support.diagnosing import run, write

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CONFIG = """\
version: 2
distro_name: t
apis: [inference, vector_io]
providers:
  inference:
  - {{provider_id: kept, provider_type: "remote::passthrough"}}
server: {{port: {port}}}
storage:
  backends:
    kv: {{type: kv_sqlite, db_path: "${{env.REGISTRY_DIR}}/kv.db"}}
  stores:
    metadata: {{backend: kv, namespace: own}}
registered_resources:
  models:
  - {{model_id: m, provider_id: kept, metadata: {{a: 1}}}}
  - {{model_id: changed, provider_id: kept, metadata: {{a: 2}}}}
  - {{model_id: alias, provider_id: kept, provider_model_id: kept/aliased}}
"""
# What the releases write, as seen in the files of 0.5.1 and ogx 1.5.0.
MODEL = {"type": "model", "source": "via_register_api", "metadata": {"a": 1}, "model_type": "llm"}


def _model(provider: str, name: str, **fields: object) -> dict[str, object]:
    own = {
        "identifier": f"{provider}/{name}",
        "provider_resource_id": name,
        "provider_id": provider,
    }
    return {**MODEL, **own, **fields}


ROWS: dict[str, dict[str, object]] = {
    "fine": _model("kept", "m"),
    "alias": _model("kept", "aliased", metadata={}),
    "listed": _model("kept", "listed", source="listed_from_provider"),
    "changed": _model("kept", "changed"),
    "undeclared": _model("kept", "left"),
    "orphan": _model("leaving", "n"),
    "store": {"type": "vector_store", "identifier": "vs", "provider_id": "leaving"},
    "other": {"type": "scoring_function", "identifier": "s", "provider_id": "leaving"},
}
STALE = {"changed", "undeclared", "orphan"}


@pytest.fixture
def port() -> Iterator[int]:
    """Yield a port on which nothing answers."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


@pytest.fixture(params=["", "own:"], ids=["bare keys", "namespace"])
def store(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Return a registry with entries of every kind, as old and as new releases write it."""
    monkeypatch.setenv("REGISTRY_DIR", str(tmp_path))
    with closing(sqlite3.connect(tmp_path / "kv.db")) as db:
        db.execute("CREATE TABLE kvstore (key TEXT PRIMARY KEY, value TEXT, expiration TIMESTAMP)")
        for name, data in ROWS.items():
            key = f"{request.param}{contents.PREFIX}{data['type']}:{name}"
            db.execute("INSERT INTO kvstore VALUES (?, ?, NULL)", (key, json.dumps(data)))
        db.execute("INSERT INTO kvstore VALUES ('someone:else', 'x', NULL)")
        foreign = f"foreign:{contents.PREFIX}model:x"
        db.execute("INSERT INTO kvstore VALUES (?, '{}', NULL)", (foreign,))
        db.commit()
    return tmp_path / "kv.db"


def keys(file: Path) -> set[str]:
    """Return what the keys of a store end in."""
    with closing(sqlite3.connect(file)) as db:
        return {row[0].rpartition(":")[2] for row in db.execute("SELECT key FROM kvstore")}


def test_what_differs_is_found(store: Path, tmp_path: Path, port: int) -> None:
    """Conflicting, undeclared and orphaned entries are found; what is fine or listed is not."""
    before = store.read_bytes()
    config = write(tmp_path, CONFIG.format(port=port))
    status, shown = run(config, registry="auto", form="json")

    (file,) = json.loads(shown)["files"]
    found = {(each["id"], each["what"].split("`")[1], each["line"]) for each in file["findings"]}
    assert {
        ("registry-conflict", "kept/changed", 16),
        ("registry-undeclared", "kept/left", 8),
        ("registry-orphan", "leaving/n", 8),
        ("registry-orphan", "vs", 8),
    } == found
    assert ("no", 1) == (file["boots"], status)
    assert before == store.read_bytes()


def test_only_what_is_stale_is_forgotten(
    store: Path, tmp_path: Path, port: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """Stale entries go after they were shown; callers' data and everything else stay."""
    config = write(tmp_path, CONFIG.format(port=port))
    before = keys(store)
    _, shown = run(config, registry="auto", forget_stale=True)

    assert "registry-conflict" in shown
    assert before - STALE == keys(store)
    assert before == keys(tmp_path / "kv.db.bak")
    assert "kept: vector_store vs" in capsys.readouterr().err
    assert "delete it with its files through the API" in " ".join(shown.split())
    run(config, registry=str(store), forget_stale=True)
    assert not (tmp_path / "kv.db.bak.1").exists()


def test_an_open_registry_is_left_alone(store: Path, tmp_path: Path, port: int) -> None:
    """While the file is locked, or a server answers on the config's port, nothing is removed."""
    config = write(tmp_path, CONFIG.format(port=port))
    before = keys(store)
    with closing(sqlite3.connect(store, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(options.UsageError, match="nothing was removed"):
            run(config, registry="auto", forget_stale=True)
        other.execute("ROLLBACK")
    with socket.create_server(("127.0.0.1", 0)) as server:
        config = write(tmp_path, CONFIG.format(port=server.getsockname()[1]))
        with pytest.raises(options.UsageError, match="a server answers on port"):
            run(config, registry="auto", forget_stale=True)

    assert before == keys(store)
    assert not (tmp_path / "kv.db.bak").exists()


def test_a_registry_that_a_process_has_open_is_left_alone(
    store: Path, tmp_path: Path, port: int
) -> None:
    """An idle process with the file open counts as a server."""
    import subprocess  # noqa: PLC0415 - one test needs it
    import sys  # noqa: PLC0415 - as above

    code = f"f = open({str(store)!r}); print(flush=True); input()"
    with subprocess.Popen(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout
        other.stdout.readline()
        with pytest.raises(options.UsageError, match=f"open in process {other.pid}"):
            run(write(tmp_path, CONFIG.format(port=port)), registry="auto", forget_stale=True)
        other.communicate(b"\n")


UNREAD = {
    "redis": (
        'type: kv_sqlite, db_path: "${env.REGISTRY_DIR}/kv.db"',
        "type: kv_redis",
        "kv_redis",
    ),
    "mongodb": ("type: kv_sqlite", "type: kv_mongodb", "kv_mongodb"),
    "no file": ("/kv.db", "/missing.db", "there is no file"),
    "no backend": ("backend: kv,", "backend: other,", "no backend `other`"),
}


@pytest.mark.parametrize("name", UNREAD)
def test_what_is_not_read_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    """A registry that is not read is a note, never a clean bill."""
    monkeypatch.setenv("REGISTRY_DIR", str(tmp_path))
    old, new, expected = UNREAD[name]
    _, shown = run(
        write(tmp_path, CONFIG.format(port=1).replace(old, new)), registry="auto", form="json"
    )

    (file,) = json.loads(shown)["files"]
    (finding,) = file["findings"]
    assert ("registry-not-read", "unsure") == (finding["id"], file["boots"])
    assert expected in finding["what"]


def test_a_file_that_is_no_database_is_said(tmp_path: Path) -> None:
    """Any other file is not read as a registry."""
    other = write(tmp_path, "x" * 5000, "kv.db")

    assert "registry-not-read" in run(write(tmp_path, CONFIG.format(port=1)), registry=other)[1]


def test_nothing_is_called_clean_that_was_not_read(tmp_path: Path) -> None:
    """Removing from a registry that cannot be read ends with an error."""
    other = write(tmp_path, "x" * 5000, "kv.db")
    config = write(tmp_path, CONFIG.format(port=1))

    with pytest.raises(options.UsageError, match="could not be read"):
        run(config, registry=other, forget_stale=True)


def test_an_old_config_names_its_registry(
    store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`metadata_store` of old configs is read, and a home directory from a variable's default."""
    monkeypatch.setenv("HOME", str(store.parent))
    head, _, tail = CONFIG.format(port=1).partition("storage:")
    resources = tail[tail.index("registered_resources") :].replace("registered_resources:\n", "")
    legacy = (
        'metadata_store: {type: sqlite, db_path: "${env.NO_SUCH_DIR:=~/kv.db}", namespace: own}\n'
    )
    text = head + legacy + resources.replace("\n  ", "\n").removeprefix("  ")
    _, shown = run(write(tmp_path, text), registry="auto")

    assert "registry-conflict" in shown
