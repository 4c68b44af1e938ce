"""`remote::openai` with registered models does not start without a key that the vendor accepts."""
