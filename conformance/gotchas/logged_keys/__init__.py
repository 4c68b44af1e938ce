"""A failed chat leaves the caller's key and prompt in what the server prints and logs."""
