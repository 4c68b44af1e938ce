"""A bare `~` in a `db_path` is taken literally by key-value stores, expanded by SQL stores."""

import pytest

from conformance.core.model import Claim, Gotcha, outcomes
from conformance.core.severity import Severity
from conformance.stack import configs, stored
from conformance.stack.configs import With

SECTION = "Bugs and Gotchas, 2"

GOTCHA = Gotcha(
    slug="tilde-path",
    happens="a key-value store's `~/…` is a directory literally named `~` below the working "
    "directory; a SQL store expands it",
    why="the registry is lost on the next start from another directory, and `rm -r ~` is a "
    "tempting cure",
    example="db_path: ~/.llama/registry.db",
    instead="write `${env.HOME}/.llama/registry.db`; a value from the environment is expanded, "
    "and so is the default in `${env.NAME:=~/…}`",
    documented=f"seed: {SECTION}",
    severity=Severity.MEDIUM,
    bites=frozenset({"literal-directory", "split", "boot-fails", "fails-in-use"}),
    claims=(
        Claim(
            says="Tilde (`~`) in YAML paths doesn't expand",
            section=SECTION,
            check="bare-tilde-in-both-existing-directory",
            confirmed=frozenset({"literal-directory"}),
            imprecise=frozenset({"split"}),
            really="a key-value store takes it literally, a SQL store expands it",
        ),
        Claim(
            says="`db_path: ~/.llama/...` created a literal `~/` directory inside the project",
            section=SECTION,
            check="bare-tilde-in-kv-store",
            confirmed=frozenset({"literal-directory"}),
        ),
        Claim(
            says="Fix: use `${env.HOME}/.llama/...`",
            section=SECTION,
            check="environment-home",
            confirmed=frozenset({"expanded"}),
        ),
    ),
    decided_by=(
        "core.storage.kvstore.sqlite.sqlite:SqliteKVStoreImpl.initialize",
        "core.storage.datatypes:SqliteSqlStoreConfig.engine_str",
        "core.stack:replace_env_vars",
    ),
)

KV, SQL = "kvstore.db", "sql_store.db"
ELSEWHERE = "${env.HOME}/elsewhere.db"

PLACES = {
    "literal_directory": "every store asked about is in a directory named `~`, below the working "
    "directory",
    "expanded": "every store asked about is below the home directory",
    "split": "the key-value store is in a directory named `~`, the SQL store below the home",
    "boot_fails": "the stack does not boot: it cannot open the file of a database",
    "boot_fails_otherwise": "the stack does not boot, for another reason",
    "fails_in_use": "the stack boots, and cannot open a store when that is first used",
    "nowhere": "the stack boots, and a store is in neither place",
}


async def places(boot, config, home, *stores):
    """Boot a config and return the outcome, one of PLACES, and where all the files went."""
    async with boot(config) as run:
        failure, answer = run.failure, await run.stored_chats()
    found = sorted(str(file.relative_to(home.parent)) for file in home.parent.rglob("*.db"))
    if failure is not None:
        unopened = stored.UNOPENED in failure.message
        return "boot-fails" if unopened else "boot-fails-otherwise", [str(failure), *found]
    if answer.status >= 500:
        return "fails-in-use", [str(answer), *found]
    expanded = [f"home/.llama/{store}" in found for store in stores]
    literal = [f"work/~/.llama/{store}" in found for store in stores]
    if all(expanded):
        return "expanded", found
    if all(literal):
        return "literal-directory", found
    return "split" if (literal, expanded) == ([True, False], [False, True]) else "nowhere", found


@pytest.mark.needs("remote::passthrough")
@outcomes(**PLACES)
async def test_bare_tilde_in_kv_store(boot, observed, config, home):
    """`db_path: ~/.llama/kvstore.db` on a kv_sqlite backend."""
    config = configs.stores(config, kv=f"~/.llama/{KV}", sql=ELSEWHERE)
    observed(*await places(boot, config, home, KV))


@pytest.mark.parametrize("exists", [False, True], ids=["clean-home", "existing-directory"])
@outcomes(**PLACES)
async def test_bare_tilde_in_sql_store(boot, observed, config, home, exists):
    """`db_path: ~/.llama/sql_store.db` on a sql_sqlite backend."""
    if exists:
        (home / ".llama").mkdir()
    config = configs.stores(config, kv=ELSEWHERE, sql=f"~/.llama/{SQL}")
    observed(*await places(boot, config, home, SQL))


@pytest.mark.parametrize("exists", [False, True], ids=["clean-home", "existing-directory"])
@outcomes(**PLACES)
async def test_bare_tilde_in_both(boot, observed, config, home, exists):
    """Both stores under `~/.llama`, as in the seed document."""
    if exists:
        (home / ".llama").mkdir()
    config = configs.stores(config, kv=f"~/.llama/{KV}", sql=f"~/.llama/{SQL}")
    observed(*await places(boot, config, home, KV, SQL))


@pytest.mark.needs("remote::passthrough")
@pytest.mark.parametrize(
    "prefix",
    ["${env.HOME}/.llama", "${env.STORES}", "${env.UNSET:=~/.llama}", "${env.HOME:+~/.llama}"],
    ids=["home", "value", "default", "condition"],
)
@outcomes(**PLACES)
async def test_environment(boot, observed, config, home, prefix):
    """Both stores under a directory written with `${env.…}`; `STORES` is `~/.llama`."""
    config = configs.stores(config, kv=f"{prefix}/{KV}", sql=f"{prefix}/{SQL}")
    observed(*await places(boot, With(config, {"STORES": "~/.llama"}), home, KV, SQL))
