"""How things print: on one line, without what is empty, long texts cut, no secrets."""

from __future__ import annotations

from typing import Any

import pytest
from chat_core import (
    AIMessage,
    AIMessageChunk,
    ChatPromptTemplate,
    FileBlock,
    HumanMessage,
    ImageBlock,
    InvalidParameterError,
    InvalidToolCall,
    RateLimitError,
    ReasoningBlock,
    StreamInterruptedError,
    TextBlock,
    ToolCall,
    UsageMetadata,
    get_chat_model,
)
from chat_core.runnables import RunnableLambda
from chat_core.testing import FakeChatModel
from pydantic import BaseModel

LONG = "word " * 400


def fake(**settings: Any) -> FakeChatModel:
    return FakeChatModel(responses=["a fish"], **settings)


def test_printing_a_chunk_prints_its_text() -> None:
    assert f"{AIMessageChunk('a fish')}" == "a fish"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (AIMessageChunk(), "AIMessageChunk()"),
        (AIMessageChunk("a fish", id="m1"), "AIMessageChunk('a fish', id='m1')"),
        (
            AIMessage("a", usage_metadata=UsageMetadata(input_tokens=1, output_tokens=2)),
            "AIMessage('a', usage_metadata={'input_tokens': 1, 'output_tokens': 2})",
        ),
        (
            HumanMessage([ImageBlock.from_bytes(b"x" * 12_345, mime_type="image/png")]),
            "HumanMessage([ImageBlock(<image/png 12 kB>)])",
        ),
        (FileBlock.from_bytes(b"x", mime_type="text/plain"), "FileBlock(<text/plain 1 B>)"),
        (
            FileBlock("https://x.test/a.pdf", name="a.pdf"),
            "FileBlock(url='https://x.test/a.pdf', name='a.pdf')",
        ),
        (InvalidParameterError("no"), "InvalidParameterError('no')"),
        (
            RateLimitError("slow", provider="acme", status=429, retry_after=2.0),
            "RateLimitError('slow', provider='acme', status=429, retry_after=2.0)",
        ),
        (
            StreamInterruptedError("cut", partial=AIMessage("so far")),
            "StreamInterruptedError('cut', partial=AIMessage('so far'))",
        ),
        (RunnableLambda(lambda value: value), "RunnableLambda(lambda)"),
    ],
)
def test_what_is_empty_is_left_out(value: object, text: str) -> None:
    assert repr(value) == text


def make_long() -> list[object]:
    class City(BaseModel):
        name: str

    call = ToolCall("weather", {"city": LONG}, "c1")
    model = fake(model_kwargs={"a": LONG})
    return [
        HumanMessage(LONG),
        AIMessage([ReasoningBlock(LONG, extras={"signature": LONG}), TextBlock(LONG), call]),
        FileBlock("https://x.test/" + "a" * 5000),
        InvalidParameterError(LONG),
        FakeChatModel(responses=[LONG]),
        ChatPromptTemplate([("system", LONG), ("human", "{question}")]) | model,
        model.with_structured_output(City),
        model.with_structured_output(City).stream("Hi"),
        model.stream("Hi"),
    ]


@pytest.mark.parametrize("value", make_long(), ids=lambda value: type(value).__name__)
def test_everything_prints_on_one_short_line(value: object) -> None:
    shown = repr(value)
    assert "\n" not in shown
    assert len(shown) < 800
    assert " object at 0x" not in shown


def test_a_long_text_is_cut_in_the_middle() -> None:
    shown = repr(HumanMessage(f"begin {LONG} end"))
    assert shown.startswith("HumanMessage('begin")
    assert "…" in shown
    assert shown.endswith(" end')")


def test_a_stream_shows_what_has_arrived_and_its_state() -> None:
    stream = fake().stream("Hi")
    assert repr(stream) == "ChatStream(AIMessage(), open)"
    next(stream)
    assert repr(stream) == "ChatStream(AIMessage('a '), open)"
    list(stream)
    assert repr(stream).endswith("finished)")


def test_bound_tools_are_shown_by_name() -> None:
    def weather(city: str) -> str:
        """The weather."""
        return city

    assert "tools=['weather']" in repr(fake().bind_tools([weather]))


def test_no_secret_is_shown() -> None:
    model = fake(api_key="s3cret", default_headers={"x-tenant": "s3cret"})
    bound = model.bind(extra_headers={"x-other": "s3cret"})
    shown = (repr(model), str(model), model._repr_html_(), repr(bound), bound._repr_html_())
    assert "s3cret" not in "".join(shown)


def test_a_printed_model_names_its_class() -> None:
    model = get_chat_model("offline:demo")
    assert str(model) == repr(model) == "ChatOffline(model='demo')"


# --- notebooks


def test_a_notebook_shows_a_model_as_a_table_of_its_settings() -> None:
    html = get_chat_model("offline:demo", stop=["<script>"])._repr_html_()
    assert "<caption>ChatOffline</caption>" in html
    assert "<td>model</td>" in html
    assert "&lt;script&gt;" in html
    assert "<script" not in html


def test_a_notebook_shows_a_message_as_markdown() -> None:
    message = AIMessage(
        [
            ReasoningBlock("hm\nso"),
            TextBlock("**A** fish\n\n```html\n<b>\n```\n"),
            ToolCall("weather", {"city": "Oslo"}, "c1"),
            InvalidToolCall("clock", "{", "c2"),
        ]
    )
    shown = message._repr_markdown_()
    assert "> *Reasoning*\n>\n> hm\n> so" in shown
    assert "**A** fish\n\n```html\n<b>\n```\n" in shown
    assert "<code>weather</code>" in shown
    assert "Oslo" in shown
    assert "**Invalid call** <code>clock</code>" in shown


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "a `<script>` b",
        "a ` b\nc ` <script> ` d",
        "```\nfine\n```\n<script>",
        "~~~\n```\n~~~\n<script>",
        "````\n```\n````\n<script>",
        "- item\n\n      ```\n<script>",
        "``` ` ```\n<script>",
    ],
)
def test_tags_in_a_message_are_shown_and_not_obeyed(text: str) -> None:
    assert "<script" not in AIMessage(text)._repr_markdown_()
    assert "<script" not in AIMessage([ReasoningBlock(text)])._repr_markdown_()


def test_media_in_a_notebook_is_named_by_type_and_size() -> None:
    image = ImageBlock.from_bytes(b"x" * 2_500_000, mime_type="image/png")
    assert "2 MB" in HumanMessage([TextBlock("Look"), image])._repr_markdown_()
