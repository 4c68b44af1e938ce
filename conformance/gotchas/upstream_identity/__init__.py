"""`server.auth` of type `upstream_header` believes headers of whoever connects."""
