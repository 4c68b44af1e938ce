"""Connections to a vendor are closed by the garbage collector, in the thread that serves all."""
