"""chat-core: messages, chunks, models, chains and the registry of providers."""
