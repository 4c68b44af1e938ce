"""Every prompt and every answer is kept on the server, half an answer as a whole one."""
