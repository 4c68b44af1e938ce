"""The files a user has, read as configs whose every value knows its line and column."""
