"""A streamed chat ends without the `data: [DONE]` that the vendors send."""
