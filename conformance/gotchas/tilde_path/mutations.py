"""Mutations for the checks of `tilde-path`."""

from pathlib import Path

from conformance.stack.mutations import flips


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
        "tilde-path/environment-value": "nowhere",
        "tilde-path/environment-default": "nowhere",
        "tilde-path/environment-condition": "nowhere",
    }
)
def variables_are_taken_literally(patch, stack):
    """The server leaves `${env.…}` as it is."""
    patch.setattr(stack("core.server.server"), "replace_env_vars", lambda config: config)
