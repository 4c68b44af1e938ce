"""A caller's mistake in the provider data puts a piece of the key into the log, or all of it."""
