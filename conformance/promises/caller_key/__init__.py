"""The caller's key arrives at the vendor as a bearer token, and nowhere else."""
