"""The stack's own command decides where the server listens, and whether it starts at all."""
