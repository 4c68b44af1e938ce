"""`forward_headers` sends fields of the provider data on as headers, unchecked and unmissed."""
