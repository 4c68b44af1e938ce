"""Callers do not meet: each request has its caller's key, each answer reaches its caller."""
