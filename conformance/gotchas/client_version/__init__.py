"""A client that names another minor version of itself than the server's is turned away."""
