"""Fields of a chat steer the gateway's request: its query, host, length and time limit."""
