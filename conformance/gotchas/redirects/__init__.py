"""A vendor's redirect sends the prompt of a caller to whatever host it names."""
