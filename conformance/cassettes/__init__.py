"""Replays and records what the vendors answer. The only room that imports vcrpy."""
