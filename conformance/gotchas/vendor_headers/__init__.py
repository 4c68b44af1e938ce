"""A vendor's headers do not reach the caller: request ids, rate limits, when to try again."""
