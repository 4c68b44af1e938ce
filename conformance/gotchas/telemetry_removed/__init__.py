"""A config that still names the `telemetry` API does not boot."""
