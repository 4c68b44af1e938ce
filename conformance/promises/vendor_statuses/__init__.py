"""A vendor's refusal reaches the caller with the vendor's status and words."""
