"""A thought signature that came with a tool call is lost on its way back to the vendor."""
