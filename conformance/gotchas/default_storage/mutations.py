"""Mutations for the checks of `default-storage`."""

from pathlib import Path

from conformance.stack.mutations import before_parsing, flips


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
