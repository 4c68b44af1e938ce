"""A server that could not start ends with success; one that is told to end waits for vendors."""
