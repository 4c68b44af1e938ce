"""A model that is not in the catalogue is forwarded all the same, if its prefix is a provider."""
