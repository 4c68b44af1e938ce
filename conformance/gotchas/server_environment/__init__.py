"""Variables of the server's environment, meant for OpenAI, go along with every caller's request."""
