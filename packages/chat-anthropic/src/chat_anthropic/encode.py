"""Messages, tools and settings into the body of a Messages request.

``betas``, ``user_profile_id`` and ``workspace_id`` stand in the body under these names, as in the
vendor's SDK; the client sends them as headers. https://platform.claude.com/docs/en/api/messages
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from chat_core import InvalidParameterError

from .betas import with_betas
from .cache_marks import check_cache_marks
from .encode_blocks import short
from .encode_tools import encode_tools, to_native_schema
from .encode_turns import encode_turns
from .families import default_max_tokens, is_claude

if TYPE_CHECKING:
    from chat_core import Message
    from chat_core.provider import CallOptions

__all__ = [
    "BETA_HEADER",
    "HEADER_PARAMETERS",
    "as_headers",
    "continues_thread",
    "encode_request",
]

BETA_HEADER = "anthropic-beta"
HEADER_PARAMETERS = {
    "betas": BETA_HEADER,
    "user_profile_id": "anthropic-user-profile-id",
    "workspace_id": "anthropic-workspace-id",
}
"""What stands in the body here and travels as a header."""


def as_headers(body: Mapping[str, Any]) -> dict[str, str]:
    """The parameters in ``body`` that travel as headers, as the headers of an operation."""
    given = {header: body.get(name) for name, header in HEADER_PARAMETERS.items()}
    return {
        header: ",".join(value) if isinstance(value, list) else str(value)
        for header, value in given.items()
        if value
    }


def encode_request(
    messages: Sequence[Message],
    options: CallOptions,
    *,
    model: str,
    settings: Mapping[str, Any],
    model_kwargs: Mapping[str, Any],
    stream: bool,
) -> dict[str, Any]:
    """The body. ``settings`` are the vendor's parameters that are set, and ``effort`` and ``stop``.

    Raises ``InvalidRequestError`` for messages, ``InvalidParameterError`` for settings that the API
    cannot take.
    """
    params = {key: value for key, value in settings.items() if value is not None}
    params.update(model_kwargs)
    if params.get("n") not in (None, 1):
        raise InvalidParameterError(
            f"Anthropic gives one answer to a request; got n={params['n']}. For several answers to"
            " one prompt use batch([prompt] * n)."
        )
    system, turns = encode_turns(messages, model=model, vendor_holds_turns=continues_thread(params))
    thinking = params.get("thinking") or {}
    body: dict[str, Any] = {
        "model": model,
        "max_tokens": default_max_tokens(model, thinking.get("budget_tokens") or 0),
        "messages": turns,
    }
    if system:
        body["system"] = short(system)
    body.update(encode_tools(options, model=model, thinking=thinking))
    output = _output_config(params, options)
    if output:
        body["output_config"] = output
    if "stop" in params:
        params["stop_sequences"] = params.pop("stop")
    _check_stops(params.get("stop_sequences") or ())
    body.update(params)
    if stream:
        body["stream"] = True
    if is_claude(model):
        check_cache_marks(body)
    betas = with_betas(body, body.pop("betas", ()))
    if betas:
        body["betas"] = betas
    return body


def _check_stops(stops: Sequence[str]) -> None:
    for stop in stops:
        if not str(stop).strip():
            raise InvalidParameterError(
                f"stop holds {stop!r}; Anthropic takes no stop sequence of nothing but white space."
            )


def continues_thread(params: Mapping[str, Any]) -> bool:
    """Whether the vendor holds earlier turns, so that the messages are the new ones alone."""
    return bool((params.get("thread") or {}).get("type") == "continue")


def _output_config(params: dict[str, Any], options: CallOptions) -> dict[str, Any]:
    config: dict[str, Any] = dict(params.pop("output_config", {}))
    effort = params.pop("effort", None)
    if effort is not None:
        config["effort"] = effort
    if options.response_schema is not None:
        schema = to_native_schema(options.response_schema.schema)
        config["format"] = {"type": "json_schema", "schema": schema}
    elif options.json_mode:
        raise InvalidParameterError(
            "Anthropic has no JSON mode; use with_structured_output(schema) with"
            " method='json_schema' or 'function_calling'."
        )
    return config
