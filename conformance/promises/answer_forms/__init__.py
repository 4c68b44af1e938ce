"""Answers keep the contract in their other forms: several choices, cut, legacy, embeddings."""
