"""Answers keep to the letter of OpenAI's API: required fields, nulls, usage only if asked for."""
