"""Mutations for the checks of where stores are: tilde, missing directories, no storage section."""

from pathlib import Path

from tests.mutations import flips
from tests.mutations.config_keys import before_parsing


@flips(
    {
        "tilde-path/bare-tilde-in-kv-store": "expanded",
        "tilde-path/bare-tilde-in-both-clean-home": "expanded",
        "tilde-path/bare-tilde-in-both-existing-directory": "expanded",
    }
)
def key_value_store_expands_its_path(patch, stack):
    """The key-value store expands `~`, as the SQL store does."""
    store = stack("core.storage.kvstore.sqlite.sqlite:SqliteKVStoreImpl")
    original = store.__init__

    def init(self, config):
        original(self, config)
        self.db_path = str(Path(self.db_path).expanduser())

    patch.setattr(store, "__init__", init)


@flips({"tilde-path/bare-tilde-in-sql-store-existing-directory": "boot-fails"})
def sql_store_takes_its_path_literally(patch, stack):
    """The SQL store does not expand `~` either."""
    config = stack("core.storage.datatypes:SqliteSqlStoreConfig")
    patch.setattr(
        config, "engine_str", property(lambda self: f"sqlite+aiosqlite:///{self.db_path}")
    )


@flips(
    {
        "tilde-path/bare-tilde-in-sql-store-clean-home": "expanded",
        "tilde-path/bare-tilde-in-both-clean-home": "split",
        "sql-store-needs-its-directory/missing-directory": "created",
        "sql-store-needs-its-directory/missing-directory-in-the-error": "boots",
    }
)
def sql_store_creates_its_directory(patch, stack):
    """The SQL store creates the directory of its file, as the key-value store does."""
    store = stack("core.storage.sqlstore.sqlalchemy_sqlstore:SqlAlchemySqlStoreImpl")
    original = store.create_engine

    def create(self):
        Path(self.config.db_path).expanduser().parent.mkdir(parents=True, exist_ok=True)
        return original(self)

    patch.setattr(store, "create_engine", create)


@flips(
    {
        "tilde-path/environment-home": "nowhere",
        "tilde-path/environment-default": "nowhere",
        "tilde-path/environment-condition": "nowhere",
    }
)
def variables_are_taken_literally(patch, stack):
    """The server leaves `${env.…}` as it is."""
    patch.setattr(stack("core.server.server"), "replace_env_vars", lambda config: config)


@flips(
    {
        "sql-store-needs-its-directory/missing-directory-shared": "boot-fails",
        "sql-store-needs-its-directory/existing-directory": "boot-fails",
    }
)
def key_value_store_creates_no_directory(patch, stack):
    """The key-value store needs its directory too, unless it is below `distributions`."""
    store = stack("core.storage.kvstore.sqlite.sqlite:SqliteKVStoreImpl")
    original = store.initialize

    async def initialize(self):
        if "distributions" not in self.db_path and not Path(self.db_path).parent.is_dir():
            raise FileNotFoundError(self.db_path)
        await original(self)

    patch.setattr(store, "initialize", initialize)


@flips(
    {
        "default-storage/no-storage-section": "own-directory",
        "default-storage/two-distributions": "separate",
    }
)
def default_storage_is_per_distribution(patch, stack):
    """The default directory is named after the distribution."""

    def named(config):
        root = Path.home() / ".llama/distributions" / config["distro_name"]
        kv = {"type": "kv_sqlite", "db_path": str(root / "kvstore.db")}
        sql = {"type": "sql_sqlite", "db_path": str(root / "sql_store.db")}
        config.setdefault("storage", {"backends": {"kv_default": kv, "sql_default": sql}})

    before_parsing(patch, stack, named)
