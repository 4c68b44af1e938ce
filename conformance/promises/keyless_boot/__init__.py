"""The gateway boots with no key in its environment, and asks no vendor while it does."""
