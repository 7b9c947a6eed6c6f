"""Laws about tools that a vendor runs: asked for or refused by name, read by one name, no secrets.

They ask the model that the subject names in ``server_tool_model``.
"""

from __future__ import annotations

import pickle
import traceback
from typing import TYPE_CHECKING, Any

import pytest
from chat_core import (
    CodeExecution,
    FileSearch,
    HumanMessage,
    InvalidParameterError,
    MCPServer,
    ServerToolCall,
    ServerToolResult,
    WebFetch,
    WebSearch,
)

from ..http_answers import json_answer
from ..script import ErrorReply, Reply, ServerToolRun
from .law import needs, one_mode

if TYPE_CHECKING:
    from chat_core import ChatModel

    from ..harness import Chat

__all__ = ["ServerToolLaws"]

_QUESTION = "What is new in Oslo?"
_SECRET = "mcp-secret-48120"  # noqa: S105 - of no server
_RESULT = "https://example.org/found-7041"
_URL = "https://tools.example.org/mcp"
_ON_THE_SERVER = "look_up"

_PLAIN: dict[str, Any] = {
    "web_search": WebSearch(),
    "web_fetch": WebFetch(),
    "code_execution": CodeExecution(),
    "file_search": FileSearch(stores=["stores/one"]),
    "mcp_server": MCPServer(url=_URL, name="library"),
}
"""Capability → the tool without options."""

_SECRETIVE = (
    MCPServer(url=_URL, name="library", token=_SECRET),
    MCPServer(url=_URL, name="library", headers={"X-Tenant": _SECRET}),
)

_OPTIONS: dict[str, dict[str, tuple[Any, Any]]] = {
    "web_search": {
        "max_uses": (WebSearch(max_uses=7041), 7041),
        "allowed_domains": (WebSearch(allowed_domains=["moon.example"]), "moon.example"),
        "blocked_domains": (WebSearch(blocked_domains=["sun.example"]), "sun.example"),
        "location": (WebSearch(location={"city": "Oslo-7041"}), "Oslo-7041"),
    },
    "web_fetch": {
        "max_uses": (WebFetch(max_uses=7041), 7041),
        "allowed_domains": (WebFetch(allowed_domains=["moon.example"]), "moon.example"),
        "blocked_domains": (WebFetch(blocked_domains=["sun.example"]), "sun.example"),
    },
    "file_search": {"max_results": (FileSearch(stores=["stores/one"], max_results=41), 41)},
    "mcp_server": {
        "token": (_SECRETIVE[0], _SECRET),
        "headers": (_SECRETIVE[1], _SECRET),
        "allowed_tools": (
            MCPServer(url=_URL, name="library", allowed_tools=["lend_7041"]),
            "lend_7041",
        ),
    },
}
"""Capability → option → a tool with the option, and the option's value."""


class ServerToolLaws:
    """What the vendor runs is asked for; what it does not run is refused before sending."""

    @one_mode("sync")
    @pytest.mark.parametrize("kind", _PLAIN)
    def test_server_tools_that_the_vendor_runs_are_asked_for(self, chat: Chat, kind: str) -> None:
        """A request with the tool differs from one without."""
        _need(chat, kind)
        without = chat.sent(_QUESTION, **_settings(chat))
        assert chat.sent(_QUESTION, **_settings(chat, _PLAIN[kind])) != without

    @one_mode("sync")
    @pytest.mark.parametrize("kind", _PLAIN)
    def test_server_tools_that_the_vendor_lacks_are_refused(self, chat: Chat, kind: str) -> None:
        """A tool that the vendor does not run is named in an error, and nothing is sent."""
        declared = chat.subject.capabilities
        if declared is None or kind in declared:
            pytest.skip(f"offered: {kind}")
        refusal = _refusal(chat, **_settings(chat, _PLAIN[kind]))
        assert not chat.server.requests, f"{kind} was sent: declare it in `capabilities`"
        assert type(_PLAIN[kind]).__name__ in refusal

    @one_mode("sync")
    def test_a_model_without_server_tools_refuses_them(self, chat: Chat) -> None:
        """Where only some models have a tool, the one of ``model_id`` sends it or refuses it."""
        if not chat.subject.server_tool_model:
            pytest.skip("not offered: other models with other tools")
        without = chat.sent(_QUESTION)
        for tool in _PLAIN.values():
            refusal = _refusal(chat, tools=[tool])
            assert type(tool).__name__ in refusal or chat.server.last.json != without

    @one_mode("sync")
    @pytest.mark.parametrize("kind", _OPTIONS)
    def test_options_of_server_tools_are_sent_or_refused(self, chat: Chat, kind: str) -> None:
        """The value of an option is in the request, or an error names the option."""
        _need(chat, kind)
        for option, (tool, value) in _OPTIONS[kind].items():
            refusal = _refusal(chat, **_settings(chat, tool))
            assert option in refusal if refusal else chat.server.received(value), option

    @needs("server_tool_blocks")
    @pytest.mark.parametrize("kind", _PLAIN)
    def test_what_the_vendor_ran_has_the_name_of_its_tool(self, chat: Chat, kind: str) -> None:
        """Call and result are blocks with one name at every vendor, no calls for the caller."""
        _need(chat, kind)
        if kind not in chat.simulator.server_tools:
            pytest.skip(f"not offered: {kind} as blocks")
        name = _ON_THE_SERVER if kind == "mcp_server" else _PLAIN[kind].name
        answer = Reply(ServerToolRun(kind, _RESULT, _ON_THE_SERVER), "It snows.")
        chat.enqueue(answer, answer)
        asked = _settings(chat, _PLAIN[kind])
        for message in (chat.read_stream(_QUESTION, **asked).message, chat.ask(_QUESTION, **asked)):
            calls = [block for block in message.blocks if isinstance(block, ServerToolCall)]
            results = [block for block in message.blocks if isinstance(block, ServerToolResult)]
            assert [block.name for block in calls] == [name]
            assert [block.name for block in results] in ([name], [None])
            assert _RESULT in repr(results[0].content)
            assert (message.content, message.tool_calls) == ("It snows.", [])
            assert message.response_metadata["finish_reason"] == "stop"
            chat.sent([HumanMessage(_QUESTION), message, HumanMessage("And then?")], **asked)

    @needs("mcp_server")
    def test_secrets_of_an_mcp_server_stay_hidden(self, chat: Chat) -> None:
        """No text, pickle, event or error of a call has a server's token or headers."""
        for server in _SECRETIVE:
            model = chat.model(**_settings(chat, server))
            assert _SECRET not in f"{model!r} {model} {model.model_dump()} {_pickled(model)!r}"
            if _refusal(chat, **_settings(chat, server)):
                continue  # an option that this vendor does not have
            chat.enqueue("Hello")
            events, _ = chat.mode.events(model, _QUESTION)
            assert _SECRET not in repr(events)
            echo = json_answer({"error": {"message": f"{server.url}: bad token {_SECRET}"}}, 400)
            for trouble in (ErrorReply("server_error"), echo):
                for error in chat.failures(trouble, **_settings(chat, server)):
                    assert _SECRET not in "".join(traceback.format_exception(error))
                    assert _SECRET not in repr(vars(error))


def _settings(chat: Chat, *tools: Any) -> dict[str, Any]:
    """The settings of a call with ``tools``, of the model that has such tools."""
    name = chat.subject.server_tool_model
    return {**({"model": name} if name else {}), **({"tools": list(tools)} if tools else {})}


def _pickled(model: ChatModel) -> bytes:
    """The pickle of ``model``; nothing of one that cannot be pickled, as with ``client=``."""
    try:
        return pickle.dumps(model)
    except InvalidParameterError:
        return b""


def _need(chat: Chat, kind: str) -> None:
    if not chat.offers(kind):
        pytest.skip(f"not offered: {kind}")


def _refusal(chat: Chat, **settings: Any) -> str:
    """Why a call is refused before it is sent; ``""`` if it is sent."""
    chat.server.answer_always(Reply("Hello"))
    try:
        chat.ask(_QUESTION, **settings)
    except InvalidParameterError as error:
        return str(error)
    return ""
