"""Laws about structured output: kinds of schemas, two methods, and answers that do not fit.

How objects grow while they stream, and how an answer that does not fit is asked for again, is in
``growing.py``.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from chat_core import InvalidParameterError, OutputParserError

from ..script import Call, Reply
from .law import everywhere, needs
from .material import CITY_KINDS, HARD_SCHEMAS, City

if TYPE_CHECKING:
    from ..harness import Chat

__all__ = ["StructuredLaws"]

QUESTION = "Which city is the capital of Norway, and how many people live in it?"
OSLO = json.dumps({"name": "Oslo", "people": 709_000})


class StructuredLaws:
    """``with_structured_output`` returns an object of the schema, or raises."""

    @everywhere
    @needs("structured_output")
    @pytest.mark.parametrize("kind", CITY_KINDS)
    def test_objects_come_through_a_tool(self, chat: Chat, kind: str) -> None:
        """A class gives its instance; a ``TypedDict`` and a schema give a dict."""
        schema, name, oslo = CITY_KINDS[kind]
        chat.enqueue(Reply(Call(name, OSLO)))
        chain = chat.model().with_structured_output(schema, method="function_calling")
        answer = chat.mode.invoke(chain, QUESTION)
        assert type(answer) is type(oslo)
        assert answer == oslo or not chat.exact

    @everywhere
    @needs("native_schema")
    @pytest.mark.parametrize("kind", CITY_KINDS)
    def test_objects_come_by_the_vendors_schema_mode(self, chat: Chat, kind: str) -> None:
        """The same, where the vendor holds the answer's text to a schema."""
        schema, _, oslo = CITY_KINDS[kind]
        chat.enqueue(OSLO)
        chain = chat.model().with_structured_output(schema, method="json_schema")
        answer = chat.mode.invoke(chain, QUESTION)
        assert type(answer) is type(oslo)
        assert answer == oslo or not chat.exact

    @needs("native_schema")
    def test_the_schema_is_sent(self, chat: Chat) -> None:
        """Fields and their descriptions reach the vendor's schema mode."""
        chat.enqueue(OSLO)
        chat.mode.invoke(chat.model().with_structured_output(City, method="json_schema"), QUESTION)
        assert chat.server.received("people", "Its name in English.")

    @needs("native_schema")
    @pytest.mark.parametrize("kind", HARD_SCHEMAS)
    def test_a_schema_is_sent_whole_or_refused_by_name(self, chat: Chat, kind: str) -> None:
        """A schema that the vendor cannot express is refused before sending, with what serves."""
        schema, names = HARD_SCHEMAS[kind]
        chat.enqueue("{}")
        chain = chat.model().with_structured_output(schema, method="json_schema", include_raw=True)
        refusal = ""
        try:
            chat.mode.invoke(chain, QUESTION)
        except InvalidParameterError as error:
            refusal = str(error)
        if chat.server.requests:
            assert chat.server.received(*names)
        else:
            assert "method='function_calling'" in refusal

    @needs("structured_output")
    def test_the_raw_answer_can_be_had_too(self, chat: Chat) -> None:
        """``include_raw`` gives the message beside the object."""
        chat.enqueue(Reply(Call("City", OSLO)))
        found = _raw(chat)
        assert found["parsed"] == City(name="Oslo", people=709_000)
        assert found["parsing_error"] is None
        assert found["raw"].tool_calls[0].name == "City"

    @needs("structured_output")
    def test_an_answer_that_does_not_fit_is_an_error(self, chat: Chat) -> None:
        """An object of another shape is an ``OutputParserError`` that holds the answer."""
        chat.enqueue(Reply(Call("City", '{"name": "Oslo"}')))
        chain = chat.model().with_structured_output(City, method="function_calling")
        with pytest.raises(OutputParserError) as caught:
            chat.mode.invoke(chain, QUESTION)
        assert "Oslo" in caught.value.text

    @needs("structured_output")
    def test_text_instead_of_an_object_is_an_error(self, chat: Chat) -> None:
        """An answer in prose is an ``OutputParserError``, never ``None``."""
        chat.enqueue("Oslo, I should think.")
        chain = chat.model().with_structured_output(City, method="function_calling")
        with pytest.raises(OutputParserError):
            chat.mode.invoke(chain, QUESTION)

    @needs("structured_output")
    def test_the_raw_answer_explains_a_misfit(self, chat: Chat) -> None:
        """``include_raw`` raises nothing: the error is in ``parsing_error``."""
        chat.enqueue(Reply(Call("City", '{"people": "many"}')))
        found = _raw(chat)
        assert found["parsed"] is None
        assert isinstance(found["parsing_error"], OutputParserError)


def _raw(chat: Chat) -> Any:
    model = chat.model()
    chain = model.with_structured_output(City, method="function_calling", include_raw=True)
    return chat.mode.invoke(chain, QUESTION)
