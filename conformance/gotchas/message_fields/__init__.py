"""Fields inside messages and tools are dropped, or refused, on their way to the vendor."""
