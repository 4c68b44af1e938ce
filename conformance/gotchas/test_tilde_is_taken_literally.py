"""A bare `~` in a `db_path` is taken literally by key-value stores, expanded by SQL stores."""

from conformance import configs
from conformance.model import Gotcha, outcomes

GOTCHA = Gotcha(
    slug="tilde-path",
    happens="the registry is written to a directory that is really named `~`, below wherever the "
    "server was started",
    why="the registry is lost on the next start from elsewhere, and `rm -r ~` is a tempting cure",
    example="db_path: ~/.llama/registry.db",
    instead="write `${env.HOME}/.llama/registry.db`; a value that comes from the environment is "
    "expanded, and so is the default in `${env.NAME:=~/…}`",
    documented="seed: Bugs and Gotchas, 2",
    bites=frozenset({"literal-directory", "split"}),
)

PATHS = ".llama/kvstore.db", ".llama/sql_store.db"


def files(directory):
    return sorted(str(f.relative_to(directory)) for f in directory.rglob("*") if f.is_file())


@outcomes(
    literal_directory="the file is in a directory named `~`, below the working directory",
    expanded="the file is below the home directory",
    boot_fails="the stack does not boot",
)
async def test_bare_tilde_in_kv_store(boot, observed, config, home):
    """`db_path: ~/.llama/kvstore.db` on a kv_sqlite backend."""
    async with boot(configs.stores(config, kv="~/.llama/kvstore.db", sql="${env.HOME}/sql_store.db")) as run:
        ids = await run.gateway.model_ids()
    found = files(home.parent)
    observed("expanded" if f"home/{PATHS[0]}" in found else "literal-directory", found + ids)
