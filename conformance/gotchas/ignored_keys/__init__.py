"""A key the stack does not know, a top-level `models` for example, is dropped without a word."""
