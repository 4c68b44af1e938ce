"""The pytest plug-in: options, fixtures, observations, report."""
