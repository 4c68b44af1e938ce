"""A vendor that breaks off, lies or answers nonsense is reported as the gateway's own failure."""
