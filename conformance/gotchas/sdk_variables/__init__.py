"""`OPENAI_LOG` writes prompts to the log; other variables of the SDK reach no vendor."""
