"""A vendor's stream must be framed as OpenAI frames it, or words of it are lost."""
