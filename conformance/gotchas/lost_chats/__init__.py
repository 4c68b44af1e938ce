"""A chat that SQLite cannot write within five seconds is lost, and its traceback stops the rest."""
