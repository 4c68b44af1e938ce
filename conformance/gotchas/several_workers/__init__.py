"""`server.workers` above one: no start without a host, and slow starts that never end."""
