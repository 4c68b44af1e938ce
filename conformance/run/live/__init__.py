"""A gateway that is already running as the subject of a run."""
