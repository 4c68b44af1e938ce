"""What a gateway exports or shows of itself holds no caller's key or prompt."""
