"""`remote::openai` without a key serves callers who bring their own, if no model is registered."""
