"""`remote::vllm` with a token registers any model unchecked; without one it asks the server."""
