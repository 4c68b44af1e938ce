"""A model that is not in the catalogue is still forwarded if its prefix is a provider."""
