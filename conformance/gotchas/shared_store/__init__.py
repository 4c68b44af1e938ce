"""Servers that share a store share chats, and do not see the models that another one registers."""
