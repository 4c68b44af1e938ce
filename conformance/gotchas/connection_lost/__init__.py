"""After some errors the server closes the connection without having said so."""
