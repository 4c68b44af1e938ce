"""A variable that is written as in a shell, or has an empty default, is lost without a word."""
