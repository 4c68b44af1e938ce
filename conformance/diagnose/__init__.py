"""Reads a config in every form people keep it in, says what is wrong with it, and repairs it."""
