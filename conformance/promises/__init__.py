"""One promise of the gateway a file: its description, then its checks."""
