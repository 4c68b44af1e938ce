"""A caller who leaves in the middle of a stream leaves the vendor sending."""
