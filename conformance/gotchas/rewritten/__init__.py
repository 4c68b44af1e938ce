"""The gateway takes fields out of the requests it forwards, and adds some to the answers."""
