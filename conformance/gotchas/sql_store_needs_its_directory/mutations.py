"""Mutations for the checks of `sql-store-needs-its-directory`."""

from pathlib import Path

from conformance.stack.mutations import flips


@flips(
    {
        "sql-store-needs-its-directory/missing-directory-shared": "boot-fails-otherwise",
        "sql-store-needs-its-directory/existing-directory": "boot-fails-otherwise",
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
