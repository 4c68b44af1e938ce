"""Starts one config in this process and tells what came of it, for other processes."""
