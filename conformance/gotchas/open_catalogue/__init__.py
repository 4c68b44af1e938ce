"""Any caller can take models out of the catalogue, put others in, and so stop the next start."""
