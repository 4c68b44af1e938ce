"""Any id can be registered for `remote::passthrough`, and reaches the vendor as it was written."""
