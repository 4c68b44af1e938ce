"""Parameters of a chat are dropped, changed or refused on their way to the vendor."""
