"""The gateway's own errors have several forms, none of them OpenAI's."""
