"""A chat goes to `<base_url>/v1/chat/completions`, under the vendor's own name of the model."""
