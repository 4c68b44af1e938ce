"""`server.cors` lets no browser send the provider-data header, or counts for nothing."""
