"""Models that discovery found stay in the registry once their provider cannot list any more."""
