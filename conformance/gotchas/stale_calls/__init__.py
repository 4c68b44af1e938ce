"""A model outside the config is answered or fails oddly, depending on provider and registry."""
