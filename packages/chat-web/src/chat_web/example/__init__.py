"""An example: a chat page and its server. ``python -m chat_web.example`` serves it."""
