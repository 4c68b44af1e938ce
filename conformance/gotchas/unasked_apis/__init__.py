"""A gateway whose config asks for inference alone serves more, and stores what strangers send."""
