"""Which package to install for which provider id: data for error messages, and nothing more.

A provider that is not listed here works like any other once its package is installed.
"""

from __future__ import annotations

__all__ = ["PACKAGES"]

PACKAGES = {
    "anthropic": "chat-anthropic",
    "fireworks": "chat-fireworks",
    "google-genai": "chat-google-genai",
    "google-vertexai": "chat-google-vertexai",
    "groq": "chat-groq",
    "mistralai": "chat-mistralai",
    "openai": "chat-openai",
    "openai-compatible": "chat-openai",
}
