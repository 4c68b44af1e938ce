"""A stream that fails after it began has the status of success, and says little of the reason."""
