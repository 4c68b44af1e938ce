"""Texts reach the vendor, and come back, letter by letter."""
