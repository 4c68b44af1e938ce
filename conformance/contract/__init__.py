"""What an OpenAI-compatible answer is, and in what an answer deviates from it."""
