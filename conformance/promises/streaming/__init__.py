"""A streamed answer reaches the caller word by word, while the vendor is still sending."""
