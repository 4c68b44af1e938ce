"""A registry in a real PostgreSQL server is read, and not changed."""

from __future__ import annotations

import getpass
import json
import os
import pwd
import shutil
import subprocess
import tempfile
from typing import TYPE_CHECKING

import pytest

from conformance.diagnose import options
from conformance.diagnose.registry import contents
from conformance.stack import ports
from tests.support.diagnosing import run, write

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

psycopg = pytest.importorskip("psycopg")
PROGRAMS = {name: shutil.which(name) for name in ("initdb", "pg_ctl")}
pytestmark = pytest.mark.skipif(None in PROGRAMS.values(), reason="PostgreSQL is not installed")

CONFIG = """\
version: 2
distro_name: t
apis: [inference]
providers: {inference: [{provider_id: kept, provider_type: "remote::passthrough"}]}
storage:
  backends:
    kv: {type: kv_postgres, host: 127.0.0.1, port: PORT, db: postgres, user: USER,
         password: not-shown-1}
  stores: {metadata: {backend: kv, namespace: own}}
"""


def _owner() -> str:
    """Return who runs the server: never root, which PostgreSQL refuses."""
    if os.geteuid():
        return getpass.getuser()
    try:
        return pwd.getpwnam("postgres").pw_name
    except KeyError:
        pytest.skip("PostgreSQL does not run as root, and there is no user postgres")


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[str, int]]:
    """Run a server on loopback and yield its user and port."""
    owner = _owner()
    # Not below pytest's directory, which every other run of the same user closes to all but itself.
    temporary = tempfile.TemporaryDirectory(prefix="conformance-postgres-")
    with ports.reserved() as port, temporary as home:
        shutil.chown(home, owner)
        data, options = f"{home}/data", f"-p {port} -k {home} -h 127.0.0.1 -c fsync=off"
        _call(owner, "initdb", "-D", data, "-A", "trust", "-U", owner)
        _call(owner, "pg_ctl", "-D", data, "-o", options, "-l", f"{home}/log", "-w", "start")
        try:
            yield owner, port
        finally:
            _call(owner, "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")


def _call(owner: str, program: str, *arguments: str) -> None:
    user = owner if not os.geteuid() else None
    subprocess.run(  # noqa: S603 - found on the path
        [str(PROGRAMS[program]), *arguments],
        user=user, cwd="/", check=True, stdout=subprocess.DEVNULL, timeout=60,
    )  # fmt: skip


@pytest.fixture
def url(server: tuple[str, int]) -> str:
    """Return the URL of a database with two entries, one of them another stack's."""
    user, port = server
    url = f"postgresql://{user}@127.0.0.1:{port}/postgres"
    entry = {"type": "model", "identifier": "gone/m", "provider_id": "gone"}
    with psycopg.connect(url) as db:
        db.execute("DROP TABLE IF EXISTS llamastack_kvstore")
        db.execute("CREATE TABLE llamastack_kvstore (key TEXT PRIMARY KEY, value TEXT)")
        for namespace in ("own", "another"):
            row = f"{namespace}:{contents.PREFIX}model:gone/m", json.dumps(entry)
            db.execute("INSERT INTO llamastack_kvstore VALUES (%s, %s)", row)
    return url


def test_a_registry_in_postgresql_is_read(
    server: tuple[str, int], url: str, tmp_path: Path
) -> None:
    """Through the config or a URL, the entries of the config's own namespace are compared."""
    text = CONFIG.replace("PORT", str(server[1])).replace("USER", server[0])
    config = write(tmp_path, text)
    for named in ("auto", url):
        _, shown = run(config, registry=named, form="json")
        (file,) = json.loads(shown)["files"]
        assert ["registry-orphan"] == [finding["id"] for finding in file["findings"]]


def test_a_registry_in_postgresql_is_never_changed(
    server: tuple[str, int], url: str, tmp_path: Path
) -> None:
    """`--forget-stale` removes nothing there, and says so."""
    text = CONFIG.replace("PORT", str(server[1])).replace("USER", server[0])
    with pytest.raises(options.UsageError, match="only a SQLite registry is changed"):
        run(write(tmp_path, text), registry="auto", forget_stale=True)
    with psycopg.connect(url) as db:
        assert (2,) == db.execute("SELECT count(*) FROM llamastack_kvstore").fetchone()


def test_a_server_that_does_not_answer_is_said(tmp_path: Path) -> None:
    """A registry that cannot be reached is a note, without the password."""
    text = CONFIG.replace("PORT", "1").replace("USER", "x")
    _, shown = run(write(tmp_path, text), registry="auto")

    assert "[registry-not-read]" in shown
    assert "not-shown-1" not in shown
