"""A caller who sends a field that the stack uses for itself gets a 500, and no one's identity."""
