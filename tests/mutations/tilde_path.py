"""Mutations for the checks of tilde paths."""

import os

from tests.mutations import flips


@flips({"tilde-path/bare-tilde-in-kv-store": "expanded"})
def key_value_store_expands_its_path(patch, stack):
    """The key-value store expands `~`, as the SQL store does."""
    store = stack("core.storage.kvstore.sqlite.sqlite:SqliteKVStoreImpl")
    original = store.__init__

    def init(self, config):
        original(self, config)
        self.db_path = os.path.expanduser(self.db_path)

    patch.setattr(store, "__init__", init)
