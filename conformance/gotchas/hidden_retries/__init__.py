"""One request of a caller is up to three at the vendor, each of which counts there."""
