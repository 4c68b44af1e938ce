"""A misspelt optional key is dropped and its default holds; only a required one is missed."""
