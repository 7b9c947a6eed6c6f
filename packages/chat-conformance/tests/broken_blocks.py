"""Models that break a law of structured output, media, reasoning or citations."""

from __future__ import annotations

from typing import Any

from breaking import breaks
from chat_core import Block, ImageBlock, Message, OutputParserError, ReasoningBlock, VideoBlock
from chat_core.provider import CallOptions, MediaBlock
from plain_model import PlainModel
from plain_wire import PlainDecoder, PlainEncoder


class _Changed(PlainModel):
    """Answers with something else than the chain of a good model does."""

    def with_structured_output(self, schema: Any, **kwargs: Any) -> Any:
        chain: Any = super().with_structured_output(schema, **kwargs)
        method, raw = str(kwargs.get("method")), kwargs.get("include_raw", False)
        return _Changing(chain, lambda answer: self.changed(answer, method, raw), self.failed)

    def changed(self, answer: Any, method: str, raw: bool) -> Any:
        """What becomes of an answer."""
        return answer

    def failed(self, error: OutputParserError) -> Any:
        """What becomes of an error."""
        raise error


class _Changing:
    def __init__(self, chain: Any, change: Any, failed: Any) -> None:
        self._chain = chain
        self._change = change
        self._failed = failed

    def __getattr__(self, name: str) -> Any:
        return getattr(self._chain, name)

    def invoke(self, input: Any, config: Any = None) -> Any:
        """Blocking."""
        try:
            return self._change(self._chain.invoke(input, config))
        except OutputParserError as error:
            return self._failed(error)

    async def ainvoke(self, input: Any, config: Any = None) -> Any:
        """On a loop."""
        try:
            return self._change(await self._chain.ainvoke(input, config))
        except OutputParserError as error:
            return self._failed(error)


@breaks("test_objects_come_through_a_tool")
class GivesDictsForObjects(_Changed):
    def changed(self, answer: Any, method: str, raw: bool) -> Any:
        return _as_dict(answer) if method == "function_calling" else answer


@breaks("test_objects_come_by_the_vendors_schema_mode")
class GivesDictsForText(_Changed):
    def changed(self, answer: Any, method: str, raw: bool) -> Any:
        return _as_dict(answer) if method == "json_schema" else answer


def _as_dict(answer: Any) -> Any:
    """A short answer as a dict; others as they are."""
    return dict(answer) if getattr(answer, "name", None) == "Oslo" else answer


class Shapeless(PlainEncoder):
    def options(self, options: CallOptions) -> dict[str, Any]:
        found = super().options(options)
        if "people" in found.get("shape", {}).get("properties", {}):
            found["shape"] = {"type": "object"}
        return found


@breaks("test_the_schema_is_sent")
class AsksForAnyObject(PlainModel):
    encoder = Shapeless


@breaks("test_the_raw_answer_can_be_had_too")
class LosesTheRawAnswer(_Changed):
    def changed(self, answer: Any, method: str, raw: bool) -> Any:
        return {**answer, "raw": None} if raw and method == "function_calling" else answer


@breaks("test_an_answer_that_does_not_fit_is_an_error")
class TakesWhatItGets(_Changed):
    def failed(self, error: OutputParserError) -> Any:
        if "name" in error.text:
            return None
        raise error


@breaks("test_text_instead_of_an_object_is_an_error")
class TakesWords(_Changed):
    def failed(self, error: OutputParserError) -> Any:
        if "{" in error.text:
            raise error
        return None


@breaks("test_the_raw_answer_explains_a_misfit")
class RaisesInspiteOfRaw(_Changed):
    def changed(self, answer: Any, method: str, raw: bool) -> Any:
        if raw and "many" in str(answer["parsing_error"]):
            raise answer["parsing_error"]
        return answer


class SeesNoPictures(PlainEncoder):
    def parts(self, block: Block, *, own: bool) -> list[dict[str, Any]]:
        return [] if isinstance(block, ImageBlock) and block.url else super().parts(block, own=own)


@breaks("test_media_that_the_model_takes_are_sent")
class DropsPicturesByUrl(PlainModel):
    encoder = SeesNoPictures


class SeesNoFilms(PlainEncoder):
    def media(self, block: MediaBlock) -> dict[str, Any]:
        if isinstance(block, VideoBlock):
            return {"text": "[a film]"}
        return super().media(block)


@breaks("test_media_that_the_model_does_not_take_are_refused")
class DropsFilmsQuietly(PlainModel):
    encoder = SeesNoFilms


class ThinksAloud(PlainDecoder):
    def blocks(self, wire: dict[str, Any]) -> tuple[Block, ...]:
        return super().blocks({"text": "<think>Ther"} if wire.get("text") == "Ther" else wire)


@breaks("test_reasoning_is_not_text")
class TagsItsReasoning(PlainModel):
    decoder = ThinksAloud


class ThinksFirst(PlainDecoder):
    def __init__(self) -> None:
        super().__init__()
        self.thoughts: list[str] = []

    def blocks(self, wire: dict[str, Any]) -> tuple[Block, ...]:
        if "think" in wire:
            self.thoughts.append(wire["think"])
            return ()
        rest: tuple[Block, ...] = ()
        if self.thoughts and not wire.keys() & {"used", "model"}:
            rest = super().blocks({"think": "".join(self.thoughts)})
            self.thoughts = []
        return (*rest, *super().blocks(wire))


@breaks("test_reasoning_is_streamed")
class ThinksBeforeItSpeaks(PlainModel):
    decoder = ThinksFirst


class Unsealed(PlainEncoder):
    def parts(self, block: Block, *, own: bool) -> list[dict[str, Any]]:
        if isinstance(block, ReasoningBlock) and block.text == "Which fish?":
            return [{"think": block.text}]
        return super().parts(block, own=own)


@breaks("test_sealed_reasoning_goes_back_as_it_came")
class BreaksTheSeal(PlainModel):
    """Of thoughts that end in a question mark."""

    encoder = Unsealed


class SealsLast(PlainEncoder):
    def turn(self, message: Message) -> dict[str, Any]:
        turn = super().turn(message)
        turn["parts"].sort(key=lambda part: "think" in part)
        return turn


@breaks("test_reasoning_stays_before_the_call_it_led_to")
class ThinksAfterCalling(PlainModel):
    encoder = SealsLast


class Untitled(PlainDecoder):
    def source(self, wire: dict[str, Any]) -> Block:
        return super().source({**wire, "title": None})


@breaks("test_a_citation_names_its_source")
class CitesWithoutTitles(PlainModel):
    decoder = Untitled


class CountsBytes(PlainDecoder):
    def source(self, wire: dict[str, Any]) -> Block:
        return super().source({**wire, "start": wire["start"] + 4, "end": wire["end"] + 4})


@breaks("test_a_citation_points_at_its_words")
class CountsBytesForLetters(PlainModel):
    decoder = CountsBytes
