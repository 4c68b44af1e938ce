"""Whatever is wrong with the provider data, the caller is told to send the key."""
