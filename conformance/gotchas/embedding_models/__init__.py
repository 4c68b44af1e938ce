"""An embedding model works as long as it is not registered, or registered with all it needs."""
