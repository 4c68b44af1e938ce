"""The command writes the config, with all secrets in clear, to a temporary file that stays."""
