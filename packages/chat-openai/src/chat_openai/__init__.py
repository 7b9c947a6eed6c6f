"""OpenAI chat models, and any server that speaks the OpenAI wire."""
