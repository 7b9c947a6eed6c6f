"""Laws about an answer's text, id, model name, finish reason and usage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ..script import (
    ANSWER_ID,
    MODEL_NAME,
    REQUEST_ID,
    Call,
    Delivery,
    Reasoning,
    Refusal,
    Reply,
    Text,
    Tokens,
)
from .law import everywhere, needs

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from chat_core import AIMessage

    from ..harness import Chat

__all__ = ["AnswerLaws"]

KINDS: dict[str, tuple[Reply, tuple[str, ...]]] = {
    "text": (Reply("The moon has no fish."), ()),
    "cut": (Reply("The moon has no", finish="length"), ()),
    "reasoning": (Reply(Reasoning("Is there water?"), "No fish."), ("reasoning",)),
    "call": (Reply("Let me see.", Call("weather", '{"city": "Oslo"}')), ("tools",)),
    "refusal": (Reply(Refusal("Not about fish.")), ("refusal",)),
}
"""Answers of each kind, and what a model must be capable of to give them."""


class AnswerLaws:
    """An answer has the vendor's text and every fact that the vendor sends about it."""

    @everywhere
    def test_an_answer_is_the_text_that_was_sent(self, chat: Chat) -> None:
        """``invoke`` returns the vendor's text, blanks included."""
        chat.enqueue(reply := Reply("Hello there,  moon. \n"))
        answer = chat.ask("Say hello to the moon, in one short sentence.")
        assert answer.content == reply.text if chat.exact else answer.content

    @pytest.mark.parametrize("kind", KINDS)
    def test_a_stream_adds_up_to_the_whole_answer(self, chat: Chat, kind: str) -> None:
        """The merged stream and the whole answer are the same message."""
        reply, needed = KINDS[kind]
        if not chat.offers(*needed):
            pytest.skip(f"not offered: {', '.join(needed)}")
        chat.enqueue(reply, reply)
        streamed = chat.read_stream()
        whole = chat.ask()
        assert _facts(streamed.message) == _facts(whole)

    @needs("answer_id")
    def test_an_answer_has_the_vendors_id(self, chat: Chat) -> None:
        """``id`` is the vendor's id of the answer."""
        chat.enqueue("Hello")
        assert chat.read_stream().message.id == ANSWER_ID

    def test_an_answer_has_the_request_id_of_its_head(self, chat: Chat) -> None:
        """``request_id`` is the id by which the vendor's support finds the request."""
        name = chat.simulator.request_id_header
        if name is None:
            pytest.skip("this vendor names no request")
        for metadata in _metadata(chat, {name: REQUEST_ID}):
            assert metadata["request_id"] == REQUEST_ID

    def test_an_answer_has_the_rate_limits_of_its_head(self, chat: Chat) -> None:
        """``headers`` holds the rate limits of the head, from the first chunk, and no cookie."""
        limits = {"x-ratelimit-remaining-requests": "7", "retry-after": "2"}
        for metadata in _metadata(chat, {**limits, "set-cookie": "session=1; Path=/"}):
            assert metadata["headers"] == limits

    @needs("model_name")
    def test_an_answer_names_the_model_that_gave_it(self, chat: Chat) -> None:
        """``model_name`` is the model that answered, as the vendor names it."""
        chat.enqueue("Hello")
        assert chat.read_stream().message.response_metadata["model_name"] == MODEL_NAME

    def test_an_answer_names_its_provider(self, chat: Chat) -> None:
        """``model_provider`` is the provider's id, which marks the answer in a conversation."""
        chat.enqueue("Hello")
        message = chat.read_stream().message
        assert message.response_metadata["model_provider"] == chat.model().provider

    @everywhere
    def test_a_finished_answer_has_the_reason_stop(self, chat: Chat) -> None:
        """An answer that came to its end has the finish reason ``stop``."""
        chat.enqueue("Hello")
        assert chat.ask("Say hello in one word.").finish_reason == "stop"

    def test_the_vendors_own_finish_reason_is_kept(self, chat: Chat) -> None:
        """``raw_finish_reason`` is the vendor's own finish reason."""
        chat.enqueue("Hello")
        assert chat.read_stream().message.response_metadata["raw_finish_reason"]

    @everywhere
    def test_an_answer_cut_by_its_length_has_the_reason_length(self, chat: Chat) -> None:
        """An answer that hit its limit has the finish reason ``length``."""
        chat.enqueue(Reply("One two three", finish="length"))
        answer = chat.ask("Count from one to a thousand in words.", max_tokens=16)
        assert answer.finish_reason == "length"

    @needs("content_filter")
    def test_a_filtered_answer_has_its_reason(self, chat: Chat) -> None:
        """An answer that a filter ended is not taken for a whole one."""
        chat.enqueue(Reply("One must", finish="content_filter"))
        assert chat.read_stream().message.finish_reason in ("content_filter", "refusal")

    @needs("refusal")
    def test_a_refusal_is_kept_apart_from_the_text(self, chat: Chat) -> None:
        """The text of a refusal is ``refusal``, not ``content``."""
        chat.enqueue(Reply(Refusal("I would rather not.")))
        message = chat.read_stream().message
        assert (message.refusal, message.content) == ("I would rather not.", "")

    @needs("refusal")
    def test_a_refusal_is_the_reason_for_the_end(self, chat: Chat) -> None:
        """An answer that is a refusal has the finish reason ``refusal``."""
        chat.enqueue(Reply(Refusal("I would rather not.")))
        assert chat.read_stream().message.finish_reason == "refusal"

    @everywhere
    def test_an_answer_has_its_usage(self, chat: Chat) -> None:
        """``usage_metadata`` holds the vendor's last counts: a snapshot, never a sum."""
        chat.enqueue(Reply("Hello there", tokens=Tokens(input=1234, output=56)))
        message = chat.read_stream("Say hello.").message if chat.exact else chat.ask("Say hello.")
        usage = message.usage_metadata
        assert usage is not None
        if chat.exact:
            assert (usage.input_tokens, usage.output_tokens) == (1234, 56)
        else:
            assert usage.input_tokens > 0
            assert usage.output_tokens > 0

    def test_usage_that_was_not_sent_is_unknown(self, chat: Chat) -> None:
        """Without counts from the vendor there are none: ``None``, never 0."""
        chat.enqueue(Reply("Hello", tokens=None))
        usage = chat.read_stream().message.usage_metadata
        assert not [count for count in (usage or {}).values() if isinstance(count, int)]

    @needs("cached_tokens")
    def test_cached_tokens_are_part_of_the_input(self, chat: Chat) -> None:
        """``input_tokens`` includes cached tokens, and ``cache_read`` is their number."""
        chat.enqueue(Reply("Hello", tokens=Tokens(input=100, output=7, cached=60)))
        usage = chat.read_stream().message.usage_metadata
        assert usage is not None
        assert (usage.input_tokens, usage.input_token_details.cache_read) == (100, 60)

    @needs("reasoning_tokens")
    def test_reasoning_tokens_are_part_of_the_output(self, chat: Chat) -> None:
        """``output_tokens`` includes reasoning tokens, and ``reasoning`` is their number."""
        chat.enqueue(Reply("Hello", tokens=Tokens(input=11, output=90, reasoning=40)))
        usage = chat.read_stream().message.usage_metadata
        assert usage is not None
        assert (usage.output_tokens, usage.output_token_details.reasoning) == (90, 40)

    @needs("logprobs")
    def test_log_probabilities_have_one_shape(self, chat: Chat) -> None:
        """``logprobs=1`` gives ``token``, ``logprob``, ``bytes`` and ``top`` of each token."""
        reply = Reply(Text("Goldfish swim.", logprob=-0.5))
        chat.enqueue(reply, reply)
        streamed = chat.read_stream(logprobs=1).message.response_metadata["logprobs"]
        whole = chat.ask(logprobs=1).response_metadata["logprobs"]
        assert streamed == whole
        assert "".join(entry["token"] for entry in whole) == "Goldfish swim."
        for entry in whole:
            assert entry.keys() == {"token", "logprob", "bytes", "top"}
            assert entry["logprob"] == -0.5
            (likeliest,) = entry["top"]
            assert (likeliest["token"], likeliest["logprob"]) == (entry["token"], -0.5)

    def test_text_of_every_script_survives(self, chat: Chat) -> None:
        """Emoji, accents in pieces, right-to-left text and odd line ends come as they are."""
        text = 'na\u00efve e\u0301 \U0001f41f\u200d\U0001f319 日本語 עברית a\u2028b\u0085c \\n "q"'
        chat.enqueue(Reply(text, piece=1), Reply(text))
        assert chat.read_stream().text == text
        assert chat.ask().content == text

    def test_an_empty_answer_is_an_answer(self, chat: Chat) -> None:
        """An answer without text is empty and finished, not an error and not unfinished."""
        chat.enqueue(Reply(), Reply())
        streamed = chat.read_stream().message
        whole = chat.ask()
        assert (streamed.content, whole.content) == ("", "")
        assert streamed.finish_reason is not None
        assert whole.finish_reason is not None

    def test_unknown_fields_change_nothing(self, chat: Chat) -> None:
        """Vendors add fields; an answer with unknown ones is the same answer."""
        news = {"field_of_tomorrow": {"deep": [1, None, "x"]}, "another": None}
        reply = Reply("Hello there")
        chat.enqueue(reply, Delivery(reply, extra=news), reply, Delivery(reply, extra=news))
        assert _facts(chat.read_stream().message) == _facts(chat.read_stream().message)
        assert _facts(chat.ask()) == _facts(chat.ask())


def _metadata(chat: Chat, headers: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
    """The metadata of a stream's first chunk, of its message and of a whole answer."""
    delivery = Delivery(Reply("Hello there"), headers=headers)
    chat.enqueue(delivery, delivery)
    streamed = chat.read_stream()
    yield streamed.chunks[0].response_metadata
    yield streamed.message.response_metadata
    yield chat.ask().response_metadata


def _facts(message: AIMessage) -> dict[str, object]:
    """What must be the same however an answer came."""
    metadata = message.response_metadata
    return {
        "content": message.content,
        "reasoning": message.reasoning,
        "refusal": message.refusal,
        "calls": [(call.name, call.args, call.id) for call in message.tool_calls],
        "finish_reason": message.finish_reason,
        "raw_finish_reason": metadata.get("raw_finish_reason"),
        "model_name": metadata.get("model_name"),
        "model_provider": metadata.get("model_provider"),
        "usage": message.usage_metadata,
        "id": message.id,
    }
