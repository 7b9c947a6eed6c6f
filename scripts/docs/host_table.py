"""The tables of the hosts of OpenAI's wire, written from their rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from chat_openai.hosts import HOSTS, Fact, Host

__all__ = ["host_facts", "host_table"]


def host_table() -> Iterator[str]:
    """For each host the id, the address and the variables of its key."""
    yield "| id | host | address | key |"
    yield "|---|---|---|---|"
    for host in HOSTS.values():
        addresses = ", or ".join(f"`{each}`" for each in (host.base_url, *host.other_addresses))
        keys = ", or ".join(f"`{name}`" for name in host.keys) or "none"
        yield f"| `{host.id}:` | {host.title} | {addresses} | {keys} |"


def host_facts() -> Iterator[str]:
    """Where the address, the variables and the facts of each host are known from."""
    yield "| id | what | source |"
    yield "|---|---|---|"
    for host in HOSTS.values():
        yield f"| `{host.id}:` | the address | {host.address_source} |"
        for name, source in zip(host.keys, host.key_sources, strict=True):
            yield f"| `{host.id}:` | `{name}` | {source} |"
        for what, fact in _in_words(host):
            yield f"| `{host.id}:` | {what} | {fact.source} |"


def _in_words(host: Host) -> Iterator[tuple[str, Fact[Any]]]:
    """Each fact of a host in words, in the order of the fields of a row."""
    for name, words in _WORDS.items():
        fact: Fact[Any] | None = getattr(host, name)
        if fact is not None:
            yield words.format(_value(fact.value)), fact


_WORDS = {
    "api": '`api="{}"` by itself',
    "reasoning": "reasoning comes and goes in `{}`",
    "unasked_usage": "a stream has its token usage unasked: {}",
    "max_tokens": "`max_tokens` is sent as `{}`",
    "tool_choices": "choices among tools: {}",
    "instead_of_tools": "instead of tools by Chat Completions: {}",
    "server_tools": "tools that it runs by Responses: {}",
    "json_schema": "answers by a JSON schema: {}",
    "json_object": "JSON mode: {}",
    "developer": "the role `developer`: {}",
    "refused": "refuses {}",
    "errors": "codes of errors: {}",
    "no_models": "no list of models: {}",
}
"""The facts of a row by their names, in words."""


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(f"`{name}` as `{type_}`" for name, type_ in value.items())
    if isinstance(value, tuple):
        return ", ".join(f"`{each}`" for each in value) or "none, Chat Completions takes no tools"
    return str(value)
