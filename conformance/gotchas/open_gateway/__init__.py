"""A gateway without `server.auth` answers strangers: catalogue, configs, chats, and changes."""
