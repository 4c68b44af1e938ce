"""`GET /v1/models` shows the models that the config registers, under their full identifiers."""
