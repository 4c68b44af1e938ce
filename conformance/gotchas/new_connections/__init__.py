"""Every chat opens a connection of its own to the vendor, and nothing closes it."""
