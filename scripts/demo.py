"""Streams an answer from every installed provider, without a key: each talks to a local server.

Starts llmock in this process, loads each provider by its string id, and prints the tokens as they
arrive, with what the answer reports about itself.
"""

from __future__ import annotations

import argparse

from chat_conformance.llmock_server import LlmockServer
from chat_conformance.loopback import refuse_everything_but_loopback
from chat_core import get_chat_model, list_providers

MODELS = {
    "anthropic": "claude-haiku-4-5",
    "fireworks": "accounts/fireworks/models/llama-v3p3-70b-instruct",
    "google-genai": "gemini-2.5-flash",
    "google-vertexai": "gemini-2.5-flash",
    "groq": "llama-3.3-70b-versatile",
    "mistralai": "mistral-small-latest",
    "openai": "gpt-4o-mini",
    "openai-compatible": "any-model",
}
PROMPT = "Write me a 1 verse song about goldfish on the moon"
VERSE = (
    "Goldfish on the moon tonight,\nswimming circles, silver-white,\n"
    "no one there to feed them crumbs,\nstill they hum until dawn comes."
)


def sing(id: str, base_url: str) -> None:
    """Print one model's answer as it arrives."""
    print(f"\n── {id}")
    with get_chat_model(id, temperature=0, api_key="no-key-needed", base_url=base_url) as model:
        stream = model.stream(PROMPT)
        chunks = 0
        for chunk in stream:
            print(chunk.content, end="", flush=True)
            chunks += bool(chunk.content)
        answer = stream.message
    usage = answer.usage_metadata
    tokens = f", {usage.output_tokens} tokens" if usage and usage.output_tokens else ""
    print(f"\n   {chunks} chunks{tokens}, finish_reason {answer.finish_reason!r}")


def main() -> None:
    """Sing with every installed provider, or with those named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("providers", nargs="*", help="provider ids (default: all installed)")
    wanted = parser.parse_args().providers
    refuse_everything_but_loopback()
    with LlmockServer() as llmock:
        llmock.script.reply(VERSE, times=None)
        for provider in list_providers():
            # llmock has no door for a provider that is not in MODELS, such as azure-openai.
            if provider.name in MODELS and (not wanted or provider.name in wanted):
                sing(f"{provider.name}:{MODELS[provider.name]}", llmock.base_url(provider.name))


if __name__ == "__main__":
    main()
