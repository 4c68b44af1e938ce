"""A SQL store does not create the directory of its file; a key-value store does."""

import pytest

from conformance.core.model import Claim, CouldNotObserveError, Gotcha, outcomes
from conformance.core.severity import Severity
from conformance.stack import configs, stored

GOTCHA = Gotcha(
    slug="sql-store-needs-its-directory",
    happens="a SQL store does not create its file's directory: the start, or its first use, fails; "
    "key-value stores create theirs",
    why="a SQL store that shares a directory with a key-value store works, so moving one of the "
    "two files breaks the first start on a new machine, and the error does not say which "
    "directory is meant",
    example="db_path: ${env.HOME}/sql/sql_store.db",
    instead="keep the SQL store beside the key-value store, or create its directory beforehand",
    documented="found by this suite",
    severity=Severity.LOW,
    bites=frozenset({"boot-fails", "fails-in-use", "unnamed"}),
    claims=(
        Claim(
            says="The SQLite databases get auto-created under `~/.llama/distributions/lls-openai/`",
            section="How `run.yaml` is structured, 3",
            check="missing-directory-shared",
            confirmed=frozenset({"created"}),
        ),
    ),
    decided_by=(
        "core.storage.sqlstore.sqlalchemy_sqlstore:SqlAlchemySqlStoreImpl.create_engine",
        "core.storage.kvstore.sqlite.sqlite:SqliteKVStoreImpl.initialize",
    ),
)

STARTS = {
    "created": "the stack boots, and the file of the SQL store is there",
    "boot_fails": "the stack does not boot: it cannot open the file of a database",
    "boot_fails_otherwise": "the stack does not boot, for another reason",
    "fails_in_use": "the stack boots, and cannot open a store when that is first used",
    "boots_without": "the stack boots, and the file of the SQL store is not there",
}


async def start(boot, config, home):
    """Boot with the SQL store in `home/sql` and return the outcome, one of STARTS, and evidence."""
    config = configs.stores(config, sql="${env.HOME}/sql/sql_store.db")
    async with boot(config) as run:
        failure, answer = run.failure, await run.stored_chats()
        found = sorted(str(file.relative_to(home)) for file in home.rglob("*.db"))
    if failure is not None:
        unopened = stored.UNOPENED in failure.message
        return "boot-fails" if unopened else "boot-fails-otherwise", [str(failure), *found]
    if answer.status >= 500:
        return "fails-in-use", [str(answer), *found]
    return "created" if "sql/sql_store.db" in found else "boots-without", found


@outcomes(**STARTS)
async def test_missing_directory(boot, observed, config, home):
    """The SQL store in a directory of its own, which is not there."""
    observed(*await start(boot, configs.stores(config, kv="${env.HOME}/kv/kvstore.db"), home))


@pytest.mark.needs("remote::passthrough")
@outcomes(**STARTS)
async def test_missing_directory_shared(boot, observed, config, home):
    """Both stores in one directory, which is not there: the key-value store creates it."""
    observed(*await start(boot, configs.stores(config, kv="${env.HOME}/sql/kvstore.db"), home))


@pytest.mark.needs("remote::passthrough")
@outcomes(**STARTS)
async def test_existing_directory(boot, observed, config, home):
    """The SQL store in a directory of its own, which is there."""
    (home / "sql").mkdir()
    observed(*await start(boot, configs.stores(config, kv="${env.HOME}/kv/kvstore.db"), home))


@outcomes(
    named="the error names the path",
    unnamed="the error does not name the path",
    boots="the stack boots, so there is no error",
)
async def test_missing_directory_in_the_error(boot, observed, config):
    """What an operator reads whose SQL store has no directory."""
    async with boot(configs.stores(config, sql="${env.HOME}/sql/sql_store.db")) as run:
        failure = run.failure
    if failure is None:
        observed("boots", "no failure")
        return
    if "sql_store.db" in failure.message:
        observed("named", failure)
    elif stored.UNOPENED in failure.message:
        observed("unnamed", failure)
    else:
        raise CouldNotObserveError(f"the boot fails for another reason: {failure}")
