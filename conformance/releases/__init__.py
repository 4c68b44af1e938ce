"""The suite on other releases: environments, the matrix, comparisons."""
