"""Of chats that arrive at once after a start, some are answered and never stored."""
