"""A store that cannot be used is noticed late: the gateway boots, and answers without it."""
