"""A caller's chat reaches the vendor of the model, and the vendor's answer the caller."""
