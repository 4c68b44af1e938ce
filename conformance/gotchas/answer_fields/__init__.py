"""Fields of an answer are dropped, changed or joined by nulls on their way to the caller."""
