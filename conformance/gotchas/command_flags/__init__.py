"""The command refuses flags that older releases take, and has another name in newer ones."""
