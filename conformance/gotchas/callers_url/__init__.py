"""A passthrough provider without `base_url` asks whatever URL its caller names."""
