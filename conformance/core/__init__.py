"""The vocabulary: releases, expectations, redaction. Imports nothing else of the suite."""
