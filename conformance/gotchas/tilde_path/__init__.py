"""A bare `~` in a `db_path` is taken literally by key-value stores, expanded by SQL stores."""
