"""A passthrough provider takes a `network` section, and then does as if there was none."""
