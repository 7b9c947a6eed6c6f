"""The tokens of a request: counted by OpenAI for Responses, by tiktoken for Chat Completions.

Chat Completions has no endpoint that counts. Each message takes three tokens beside its role, its
text and its name, and a name one more; the answer's beginning takes three, or two with a reasoning
model. These numbers are those of recorded answers. How tools, schemas and media are written for the
model is not published, so they are refused.
https://platform.openai.com/docs/api-reference/responses/input-tokens
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from chat_completions.errors import error_in_answer, find_error
from chat_core import APIConnectionError, InvalidParameterError, MalformedResponseError
from chat_core.provider import Operation

from .names import OPENAI, is_reasoning_model

if TYPE_CHECKING:
    from chat_completions.dialect import Dialect

__all__ = ["count_operation", "count_with_tiktoken"]

_COUNTED = frozenset(
    "conversation input instructions model parallel_tool_calls personality previous_response_id"
    " reasoning text tool_choice tools truncation".split()
)
"""The parameters of a count, as in ``InputTokenCountParams`` of OpenAI's SDK."""

_PLAIN = frozenset({"role", "content", "name"})
_OTHER_INPUT = ("tools", "response_format", "functions", "audio", "web_search_options")
_INSTEAD = "api='responses' has it counted by OpenAI; estimate=True estimates it from the text."


class Encoding(Protocol):
    """What is used of an encoding of tiktoken."""

    def encode(self, text: str, *, disallowed_special: tuple[()]) -> list[int]:
        """The tokens of ``text``; words of the vendor's in it count as any text."""


def count_operation(body: Mapping[str, Any], dialect: Dialect) -> Operation[int]:
    """What asks for the input tokens of a Responses request with ``body``."""

    def tokens(wire: Any) -> int:
        if not isinstance(wire, dict):
            raise TypeError(f"a JSON {type(wire).__name__}, not an object")
        found = wire.get("input_tokens")
        if type(found) is not int:
            if (error := find_error(wire)) is not None:
                raise error_in_answer(error, dialect)
            raise MalformedResponseError("The answer has no number of tokens.", wire=str(wire))
        return found

    counted = {name: value for name, value in body.items() if name in _COUNTED}
    return Operation("responses/input_tokens", tokens, "POST", counted)


def count_with_tiktoken(body: Mapping[str, Any]) -> int:
    """The input tokens of a Chat Completions request with ``body``.

    Raises:
        InvalidParameterError: tiktoken is not installed or does not know the model, or the request
            has more than text.
        APIConnectionError: tiktoken cannot download the file of its encoding.
    """
    model, messages = str(body["model"]), body["messages"]
    _refuse_more_than_text(body)
    encoding = _encoding(model)
    opening = 2 if is_reasoning_model(model) else 3
    return opening + sum(_of_message(message, encoding) for message in messages)


def _of_message(message: Mapping[str, Any], encoding: Encoding) -> int:
    texts = [message["role"], *_texts(message), *([message["name"]] if "name" in message else [])]
    tokens = sum(len(encoding.encode(text, disallowed_special=())) for text in texts)
    return 3 + tokens + ("name" in message)


def _texts(message: Mapping[str, Any]) -> list[str]:
    content = message.get("content") or ""
    return [content] if isinstance(content, str) else [part["text"] for part in content]


def _refuse_more_than_text(body: Mapping[str, Any]) -> None:
    found = [name for name in _OTHER_INPUT if body.get(name)]
    for message in body["messages"]:
        found += sorted(name for name, value in message.items() if value and name not in _PLAIN)
        content = message.get("content")
        parts = content if isinstance(content, list) else []
        found += [part["type"] for part in parts if part.get("type") != "text"]
    if found:
        raise InvalidParameterError(
            f"The tokens of {', '.join(dict.fromkeys(found))} in a Chat Completions request cannot"
            f" be counted: OpenAI does not publish how the model sees them. {_INSTEAD}"
        )


def _encoding(model: str) -> Encoding:
    try:
        import tiktoken
    except ImportError:
        raise InvalidParameterError(
            "Chat Completions has no endpoint that counts tokens: pip install"
            f' "chat-openai[tokens]" counts text with tiktoken. {_INSTEAD}'
        ) from None
    try:
        encoding: Encoding = tiktoken.encoding_for_model(model)
    except KeyError:
        raise InvalidParameterError(
            f"tiktoken does not know the model {model!r}. {_INSTEAD}"
        ) from None
    except OSError as error:  # the errors of its HTTP client are among these
        raise _no_file(type(error).__name__) from error
    except ValueError as error:  # a file of other contents, such as a page of a proxy
        raise _no_file(str(error)) from error
    return encoding


def _no_file(why: str) -> APIConnectionError:
    return APIConnectionError(
        "tiktoken has to download the file of an encoding when it is first used, and cannot"
        f" ({why}). Set TIKTOKEN_CACHE_DIR to a folder that holds it. {_INSTEAD}",
        provider=OPENAI,
    )
