"""A misspelt key in a provider's config lets the default decide who is asked, and with what key."""
