"""What the tests share: ways to run checks, recordings, plug-ins that disturb a run."""
