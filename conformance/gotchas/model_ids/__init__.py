"""A model is listed under its provider's id and the vendor's name for it, not its `model_id`."""
