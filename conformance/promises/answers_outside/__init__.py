"""What any OpenAI-compatible gateway answers has the shape that clients read."""
