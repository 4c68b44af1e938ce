"""One failed request keeps the server from answering anybody while it draws a traceback."""
