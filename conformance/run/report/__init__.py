"""What a run says: rows, summary, JSON and JUnit, annotations, recordings."""
