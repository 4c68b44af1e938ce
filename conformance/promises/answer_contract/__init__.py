"""Answers keep the contract that clients of OpenAI rely on."""
