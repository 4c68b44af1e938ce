"""`remote::openai` with a key fetches the vendor's list at startup, and lists all that is on it."""
