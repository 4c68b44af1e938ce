"""A vendor's error keeps its status and loses its form: the body becomes a text about it."""
