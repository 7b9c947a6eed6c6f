"""Citations: byte offsets become character offsets of the block they speak of."""

from __future__ import annotations

from typing import Any

from chat_core import Citation, TextBlock
from gemini_wire import STOP, streamed, text, whole, wire_of

SOURCES = [{"web": {"uri": "https://a", "title": "A"}}, {"web": {"uri": "https://b"}}]


def grounded(*supports: dict[str, Any], sources: Any = SOURCES) -> dict[str, Any]:
    """The last object of a stream, with grounding."""
    metadata = {"groundingChunks": sources, "groundingSupports": list(supports)}
    return {"candidates": [{"finishReason": "STOP", "groundingMetadata": metadata}]}


def support(quoted: str, start: int, end: int, *chunks: int) -> dict[str, Any]:
    segment = {"startIndex": start, "endIndex": end, "text": quoted}
    return {"segment": segment, "groundingChunkIndices": list(chunks or (0,))}


def cited(block: Any, citation: Citation) -> str:
    return str(block.text[citation.start_index : citation.end_index])


def test_byte_offsets_become_character_offsets() -> None:
    words = "Schön: Übergrößen für 5 €. Schön. Schön."
    at = len("Schön: Übergrößen für 5 €. ".encode())
    message = streamed(text(words), grounded(support("Schön.", at, at + len("Schön.".encode()))))
    (block,) = message.blocks
    assert isinstance(block, TextBlock)
    (citation,) = block.citations
    assert cited(block, citation) == "Schön."
    assert citation.start_index == words.index("Schön.")
    assert (citation.url, citation.title, citation.cited_text) == ("https://a", "A", "Schön.")


def test_grounding_that_comes_last_reaches_the_text_that_came_first() -> None:
    message = streamed(
        text("Paris is "), text("big. "), text("So."), grounded(support("big", 9, 12))
    )
    (block,) = message.blocks
    assert isinstance(block, TextBlock)
    assert block.text == "Paris is big. So."
    assert cited(block, block.citations[0]) == "big"
    assert message.response_metadata["grounding_metadata"]["groundingChunks"] == SOURCES


def test_each_source_of_a_passage_is_a_citation() -> None:
    message = streamed(text("big"), grounded(support("big", 0, 3, 0, 1)))
    (block,) = message.blocks
    assert isinstance(block, TextBlock)
    assert [c.url for c in block.citations] == ["https://a", "https://b"]


def test_offsets_count_over_all_visible_text_and_not_over_thoughts() -> None:
    wire = wire_of(
        {"text": "thinking hard", "thought": True},
        {"text": "One. ", "thoughtSignature": "s"},
        {"text": "Two."},
        finish="STOP",
    )
    wire["candidates"][0]["groundingMetadata"] = {
        "groundingChunks": SOURCES,
        "groundingSupports": [support("Two.", 5, 9)],
    }
    _, one, two = whole(wire).blocks
    assert isinstance(one, TextBlock)
    assert isinstance(two, TextBlock)
    assert one.citations == ()
    assert cited(two, two.citations[0]) == "Two."


def test_offsets_within_one_part_are_understood_too() -> None:
    wire = wire_of({"text": "One. "}, {"text": "Two."}, finish="STOP")
    wire["candidates"][0]["groundingMetadata"] = {
        "groundingChunks": SOURCES,
        "groundingSupports": [support("Two.", 0, 4)],
    }
    block = whole(wire).blocks[1]
    assert isinstance(block, TextBlock)
    assert cited(block, block.citations[0]) == "Two."


def test_a_wrong_offset_is_not_believed() -> None:
    message = streamed(text("Paris is big."), grounded(support("big", 2, 5)))
    (block,) = message.blocks
    assert isinstance(block, TextBlock)
    assert cited(block, block.citations[0]) == "big"


def test_a_quotation_that_cannot_be_placed_has_no_offsets() -> None:
    for words in ("Paris.", "big and big"):
        (block,) = streamed(text(words), grounded(support("big", 70, 73))).blocks
        assert isinstance(block, TextBlock)
        (citation,) = block.citations
        assert (citation.start_index, citation.end_index) == (None, None)
        assert citation.cited_text == "big"


def test_a_missing_start_is_the_beginning() -> None:
    segment = {"segment": {"endIndex": 5, "text": "Paris"}, "groundingChunkIndices": [0]}
    (block,) = streamed(text("Paris."), grounded(segment)).blocks
    assert isinstance(block, TextBlock)
    assert cited(block, block.citations[0]) == "Paris"


def test_sources_other_than_the_web_are_kept() -> None:
    source = {"retrievedContext": {"uri": "gs://x", "title": "X", "text": "found"}}
    (block,) = streamed(text("big"), grounded(support("big", 0, 3), sources=[source])).blocks
    assert isinstance(block, TextBlock)
    assert block.citations[0].url == "gs://x"
    assert block.citations[0].extras == source


def test_grounding_in_several_objects_is_cited_once() -> None:
    again = grounded(support("big", 0, 3))
    (block,) = streamed(text("big"), again, again).blocks
    assert isinstance(block, TextBlock)
    assert len(block.citations) == 1


def test_a_source_number_out_of_range_and_nulls_are_survived() -> None:
    bad = {"segment": None, "groundingChunkIndices": [7, 0]}
    metadata = {"groundingChunks": SOURCES, "groundingSupports": [bad, {"segment": {}}]}
    wire = {"candidates": [{"finishReason": "STOP", "groundingMetadata": metadata}]}
    (block,) = streamed(text("big"), wire).blocks
    assert isinstance(block, TextBlock)
    assert [c.url for c in block.citations] == ["https://a"]


def test_grounding_in_another_shape_is_read_or_left_out() -> None:
    one = {
        "groundingChunks": SOURCES[0],
        "groundingSupports": [{"groundingChunkIndices": [None, 0]}],
    }
    for metadata, urls in ((one, ["https://a"]), ("none", [])):
        candidate = {"finishReason": "STOP", "groundingMetadata": metadata, "citationMetadata": [1]}
        (block,) = streamed(text("big"), {"candidates": [candidate]}).blocks
        assert isinstance(block, TextBlock)
        assert [c.url for c in block.citations] == urls


def test_grounding_without_text_is_metadata_only() -> None:
    message = streamed(wire_of(), grounded(support("big", 0, 3)))
    assert message.blocks == ()


def test_recitations_are_citations() -> None:
    metadata = {
        "citations": [{"startIndex": 0, "endIndex": 4, "uri": "https://c", "license": "mit"}]
    }
    wire = text("süß!", finish="RECITATION")
    wire["candidates"][0]["citationMetadata"] = metadata
    (block,) = streamed(wire, STOP).blocks
    assert isinstance(block, TextBlock)
    (citation,) = block.citations
    assert (citation.url, citation.extras) == ("https://c", {"license": "mit"})
    assert cited(block, citation) == "sü"


def in_part(number: int, quoted: str, start: int, end: int) -> dict[str, Any]:
    return {
        **support(quoted, start, end),
        "segment": {
            "partIndex": number,
            "startIndex": start,
            "endIndex": end,
            "text": quoted,
        },
    }


def cited_texts(message: Any) -> list[str]:
    return [block.text for block in message.blocks for _ in getattr(block, "citations", ())]


def test_a_part_index_names_the_part_that_the_offsets_count_in() -> None:
    parts = [{"text": "A no. "}, {"text": "B no. "}, {"text": "C no."}]
    for number, part in enumerate(parts):
        wire = wire_of(*parts)
        wire["candidates"][0] |= grounded(in_part(number, "no.", 2, 5))["candidates"][0]
        (citation,) = [c for block in whole(wire).blocks for c in getattr(block, "citations", ())]
        assert cited_texts(whole(wire)) == [part["text"]]
        assert (citation.start_index, citation.end_index) == (2, 5)


def test_a_part_index_counts_thoughts_calls_and_empty_parts() -> None:
    parts: list[dict[str, Any]] = [
        {"text": ""},
        {"text": "no.", "thought": True},
        {"functionCall": {"name": "f"}},
        {"text": "no."},
        {"text": "no."},
    ]
    wire = wire_of(*parts)
    wire["candidates"][0] |= grounded(in_part(4, "no.", 0, 3))["candidates"][0]
    blocks = whole(wire).blocks
    assert [len(b.citations) for b in blocks if isinstance(b, TextBlock)] == [0, 1]


def test_a_part_index_of_a_stream_counts_the_parts_of_the_whole_answer() -> None:
    message = streamed(
        wire_of({"text": "no. "}),
        wire_of({"text": "no. ", "thoughtSignature": "s"}),
        wire_of({"text": "no."}),
        grounded(in_part(1, "no.", 0, 3)),
    )
    counts = [len(b.citations) for b in message.blocks if isinstance(b, TextBlock)]
    assert counts == [0, 1, 0]


def test_a_quotation_that_is_not_in_the_named_part_cites_the_part_without_offsets() -> None:
    wire = wire_of({"text": "One."}, {"text": "Two."})
    wire["candidates"][0] |= grounded(in_part(1, "Three.", 0, 4))["candidates"][0]
    block = whole(wire).blocks[1]
    assert isinstance(block, TextBlock)
    assert [(c.start_index, c.end_index) for c in block.citations] == [(None, None)]
