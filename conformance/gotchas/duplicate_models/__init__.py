"""A model that is both discovered and registered is one entry, or a duplicate error: it depends."""
