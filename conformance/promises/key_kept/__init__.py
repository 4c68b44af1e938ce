"""No file that the gateway writes and no line that it logs or prints holds a caller's key."""
