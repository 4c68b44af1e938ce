"""Configs without a `storage` section all share one registry."""
