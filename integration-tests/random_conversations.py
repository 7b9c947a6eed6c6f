"""Random conversations: any messages of any blocks in any order, as programs make them."""

from __future__ import annotations

from typing import Any

from chat_core import (
    AIMessage,
    AudioBlock,
    Block,
    FileBlock,
    HumanMessage,
    ImageBlock,
    InvalidToolCall,
    Message,
    NonStandardBlock,
    ReasoningBlock,
    RefusalBlock,
    ServerToolCall,
    ServerToolResult,
    SystemMessage,
    TextBlock,
    ToolCall,
    ToolMessage,
)
from hypothesis import strategies as st

__all__ = ["random_conversations"]

_PROVIDERS = st.sampled_from(["openai", "openai-compatible", "anthropic", "groq", "google-genai"])
_TEXT = st.sampled_from(["", " ", "\n", "Hello", "It is sunny. ", "half \ud83d", "é", "x" * 50])
_IDS = st.sampled_from(["call_1", "call_2", "toolu_3", "x" * 70, "a:b.c", "", "123456789"])
_NAMES = st.sampled_from(["weather", "drive.search", "how is it", "x" * 70, "naïve", "clock"])
_JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats() | _TEXT,
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["city", "$ref", "a b", ""]), inner, max_size=2)
    ),
    max_leaves=4,
)
_ARGS = st.dictionaries(st.sampled_from(["city", "$ref", "days"]), _JSON, max_size=2)
_PNG = "iVBORw0KGgo="

_texts = st.builds(TextBlock, _TEXT)
_images = st.sampled_from(
    [
        ImageBlock(base64=_PNG, mime_type="image/png"),
        ImageBlock(base64="/9j/", mime_type="image/jpg"),
        ImageBlock(url="https://localhost/a.png"),
    ]
)
_media = _images | st.sampled_from(
    [
        AudioBlock(base64="AAAA", mime_type="audio/wav"),
        FileBlock(base64="JVBERi0=", mime_type="application/pdf"),
        FileBlock(base64="Y2Fm6Q==", mime_type="text/plain"),
        FileBlock(file_id="file_1"),
    ]
)
_calls = st.builds(ToolCall, _NAMES, _ARGS, _IDS)
_answer_blocks: st.SearchStrategy[Block] = st.one_of(
    _texts,
    st.builds(ReasoningBlock, _TEXT),
    st.builds(
        ReasoningBlock,
        _TEXT,
        extras=st.sampled_from([{"signature": "S"}, {"encrypted_content": "E", "id": "rs_1"}]),
    ),
    st.builds(RefusalBlock, _TEXT),
    _calls,
    st.builds(InvalidToolCall, _NAMES | st.none(), st.just('{"city": '), _IDS, st.just("cut off")),
    st.builds(ServerToolCall, st.just("web_search"), _ARGS, _IDS),
    st.builds(ServerToolResult, _JSON, _IDS),
    st.builds(NonStandardBlock, st.just({"type": "surprise", "id": "s_1"})),
)


@st.composite
def _answers(draw: st.DrawFn) -> AIMessage:
    finish = draw(st.sampled_from(["stop", "length", "tool_calls", "pause", "refusal", None]))
    metadata = {"model_provider": draw(_PROVIDERS), "finish_reason": finish}
    blocks = draw(st.lists(_answer_blocks, max_size=4))
    return AIMessage(blocks, id=draw(st.sampled_from([None, "msg_1"])), response_metadata=metadata)


@st.composite
def _exchange(draw: st.DrawFn) -> list[Message]:
    """A question, its answer, and results of some calls of the answer, in some order."""
    messages: list[Message] = []
    if draw(st.booleans()):
        question: list[Any] = draw(st.lists(_texts | _media, min_size=1, max_size=2))
        messages.append(HumanMessage(question))
    answer = draw(_answers())
    messages.append(answer)
    calls = draw(st.permutations(answer.tool_calls))
    kept = calls if draw(st.integers(0, 4)) else calls[1:]
    for call in kept:
        content = draw(_TEXT | st.lists(_texts | _images, max_size=2))
        status: Any = draw(st.sampled_from(["success", "error"]))
        messages.append(ToolMessage(content, call.id or "", name=call.name, status=status))
    return messages


@st.composite
def random_conversations(draw: st.DrawFn) -> list[Message]:
    """A list of messages; most are such as programs send, some are such as no vendor accepts."""
    system = [SystemMessage(draw(_TEXT))] if draw(st.booleans()) else []
    exchanges = draw(st.lists(_exchange(), min_size=1, max_size=3))
    last = [HumanMessage(draw(_TEXT))] if draw(st.booleans()) else []
    return [*system, *(message for each in exchanges for message in each), *last]
