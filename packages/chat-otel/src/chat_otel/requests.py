"""What is known of a run when it begins: name and kind of its span, and the first attributes."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from chat_core import ChatModel
from opentelemetry.trace import SpanKind

from . import conventions as names

if TYPE_CHECKING:
    from chat_core.provider import Run

__all__ = ["Start", "start_of", "target_attributes"]

Attributes = dict[str, Any]


class Start(NamedTuple):
    """What a span is begun with."""

    name: str
    kind: SpanKind
    attributes: Attributes


def start_of(run: Run) -> Start:
    """Name, kind and attributes of the span of ``run``.

    A chain that no other run calls is a workflow. The operations of chains beneath it, of prompts
    and of parsers have no name in the conventions: theirs is the type of the run.
    """
    attributes = _given_attributes(run)
    if run.run_type == "chat_model":
        attributes |= {names.OPERATION: names.CHAT, **target_attributes(run)}
        attributes |= _request_attributes(run)
        return Start(
            _named(names.CHAT, run.metadata.get("ls_model_name")), SpanKind.CLIENT, attributes
        )
    if run.run_type == "tool":
        attributes |= {names.OPERATION: names.EXECUTE_TOOL, **_tool_attributes(run)}
        return Start(_named(names.EXECUTE_TOOL, run.name), SpanKind.INTERNAL, attributes)
    if run.run_type == "chain" and not run.parent_ids:
        attributes |= {names.OPERATION: names.INVOKE_WORKFLOW, names.WORKFLOW: run.name}
        return Start(_named(names.INVOKE_WORKFLOW, run.name), SpanKind.INTERNAL, attributes)
    attributes[names.OPERATION] = run.run_type
    return Start(_named(run.run_type, run.name), SpanKind.INTERNAL, attributes)


def _named(operation: str, what: object) -> str:
    return f"{operation} {what}" if what else operation


def _given_attributes(run: Run) -> Attributes:
    """What the caller's config says: tags, metadata, and the id of the conversation."""
    attributes: Attributes = {names.TAGS: run.tags} if run.tags else {}
    for key, value in run.metadata.items():
        name = str(key)  # a program may have keys of other types in it
        if name == "conversation_id":
            attributes[names.CONVERSATION] = str(value)
        elif not name.startswith("ls_") and isinstance(value, str | bool | int | float):
            attributes[names.METADATA + name] = value
    return attributes


def _tool_attributes(run: Run) -> Attributes:
    spec = getattr(run.runnable, "spec", None)
    found = {
        names.TOOL_NAME: run.name,
        names.TOOL_TYPE: "function",
        names.TOOL_DESCRIPTION: getattr(spec, "description", None),
        names.TOOL_CALL_ID: run.input_data.get("tool_call_id"),
    }
    return {name: value for name, value in found.items() if value}


def target_attributes(run: Run) -> Attributes:
    """Which model of which provider is asked, and where: known for certain once it was sent."""
    model = run.runnable
    host, port = _server_of(model) if isinstance(model, ChatModel) else ("", 0)
    provider = run.metadata.get("ls_provider", "")
    if provider == "openai-compatible":
        provider = names.HOSTS.get(host, provider)
    attributes = {
        names.PROVIDER: names.PROVIDERS.get(provider, provider),
        names.REQUEST_MODEL: run.metadata.get("ls_model_name"),
    }
    if host:
        attributes |= {names.SERVER_ADDRESS: host, names.SERVER_PORT: port}
    return {name: value for name, value in attributes.items() if value}


def _server_of(model: ChatModel) -> tuple[str, int]:
    return _host_and_port(model.last_address() or model.address_source()[1])


@lru_cache(maxsize=64)
def _host_and_port(address: str) -> tuple[str, int]:
    """Host and port of a URL, or of an address without a scheme; an empty host if it is neither."""
    parts = urlsplit(address if "://" in address else f"https://{address}")
    try:
        port = parts.port
    except ValueError:
        port = None
    return parts.hostname or "", port or (80 if parts.scheme == "http" else 443)


def _request_attributes(run: Run) -> Attributes:
    """Settings that are sent; those of another type than the convention's are left out."""
    model = run.runnable
    attributes: Attributes = {}
    for setting, (name, kind) in names.REQUEST_SETTINGS.items():
        value = _converted(getattr(model, setting, None), kind)
        if value is not None:
            attributes[name] = value
    if stop := getattr(model, "stop", None):
        attributes[names.STOP] = list(stop)
    count = run.metadata.get("ls_candidates", getattr(model, "n", None))
    if isinstance(count, int) and count != 1:
        attributes[names.CHOICE_COUNT] = count
    if run.streams:
        attributes[names.REQUEST_STREAM] = True
    return attributes


def _converted(value: object, kind: Callable[[Any], Any]) -> Any:
    if kind is str:
        return value if isinstance(value, str) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return kind(value)
