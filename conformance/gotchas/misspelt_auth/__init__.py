"""A gateway whose `server.auth` is misspelt serves everybody."""
