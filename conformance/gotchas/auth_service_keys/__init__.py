"""`server.auth` of type `custom` posts the caller's vendor key to the service that it asks."""
