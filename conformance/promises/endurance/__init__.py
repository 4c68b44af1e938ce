"""A gateway that has answered many chats holds no more than one that has answered some."""
