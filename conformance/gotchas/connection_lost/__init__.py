"""After some errors the server closes the connection without announcing it."""
