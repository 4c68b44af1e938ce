"""A caller's mistake is answered with a 500, as if the server were broken."""
