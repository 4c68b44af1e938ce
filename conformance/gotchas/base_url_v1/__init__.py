"""A `base_url` that ends in `/v1`, as every vendor documents its own, is given another `/v1`."""
