"""Chats are answered and not stored when their store is full, locked, read-only or broken."""
