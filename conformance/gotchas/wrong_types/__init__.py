"""Values of a wrong type are changed on their way to the vendor, and nobody is told."""
