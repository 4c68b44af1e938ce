"""Any caller can read every caller's stored chats, and none of them can take one back."""
