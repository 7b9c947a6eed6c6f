"""Files that a model made: both protocols send them, and both histories bring them back."""

from __future__ import annotations

from typing import Any

import pytest
from ag_ui_client import check_events, messages_of, read_events
from chat_core import (
    AIMessage,
    AIMessageChunk,
    AudioBlock,
    FileBlock,
    HumanMessage,
    ImageBlock,
    InvalidParameterError,
    NonStandardBlock,
    TextBlock,
    VideoBlock,
)
from chat_web.protocols import (
    AGUIEncoder,
    VercelEncoder,
    read_ag_ui_request,
    read_vercel_request,
)
from random_events import answer_events
from vercel_client import check_parts, message_of, read_parts

PICTURE = ImageBlock(base64="aGk=", mime_type="image/png")
AUDIO = AudioBlock(
    base64="aGk=", mime_type="audio/wav", transcript="Hum.", extras={"id": "audio_7"}
)


def frames(encoder: Any, blocks: list[Any]) -> list[bytes]:
    chunks = [AIMessageChunk("", response_metadata={"model_provider": "openai"})]
    chunks += [AIMessageChunk([block]) for block in blocks]
    chunks.append(AIMessageChunk("", response_metadata={"finish_reason": "stop"}))
    events = answer_events(chunks)
    return [*encoder.start(), *(f for e in events for f in encoder.feed(e)), *encoder.finish()]


def ag_ui(blocks: list[Any], **settings: Any) -> list[dict[str, Any]]:
    found = read_events(frames(AGUIEncoder("t", "r", **settings), blocks))
    check_events(found)
    return found


def vercel(blocks: list[Any]) -> list[dict[str, Any]]:
    parts = read_parts(frames(VercelEncoder(), blocks))
    check_parts(parts)
    return parts


def back_from_ag_ui(blocks: list[Any], **settings: Any) -> AIMessage:
    body = {"threadId": "t", "runId": "r", "messages": messages_of(ag_ui(blocks, **settings))}
    (answer,) = read_ag_ui_request(body).messages
    assert isinstance(answer, AIMessage)
    return answer


def back_from_vercel(blocks: list[Any]) -> AIMessage:
    (answer,) = read_vercel_request({"messages": [message_of(vercel(blocks))]}).messages
    assert isinstance(answer, AIMessage)
    return answer


ANSWERS: list[list[Any]] = [
    [PICTURE],
    [TextBlock("Here. "), PICTURE, TextBlock("A fish.")],
    [PICTURE, TextBlock("A fish."), PICTURE],
    [AUDIO],
    [TextBlock("Listen."), AUDIO],
    [ImageBlock("https://a.org/fish.png", mime_type="image/png")],
    [VideoBlock("https://a.org/fish.mp4", mime_type="video/mp4")],
    [FileBlock(base64="aGk=", mime_type="application/pdf", name="fish.pdf")],
    [FileBlock(file_id="file-1"), TextBlock("A file.")],
    [NonStandardBlock({"type": "drawing", "n": 1}), TextBlock("Drawn.")],
]


@pytest.mark.parametrize("blocks", ANSWERS, ids=str)
def test_files_come_back_from_both_protocols_at_their_place_with_all_that_they_had(
    blocks: list[Any],
) -> None:
    for answer in (back_from_ag_ui(blocks), back_from_vercel(blocks)):
        assert answer.blocks == tuple(blocks)
        if blocks[-1] is AUDIO:
            assert answer.response_metadata["model_provider"] == "openai"


def test_a_page_of_ag_ui_is_shown_a_file_as_a_part_of_the_protocol() -> None:
    activities = [e for e in ag_ui([PICTURE, AUDIO]) if e["type"] == "ACTIVITY_SNAPSHOT"]
    assert [(e["activityType"], e["content"]) for e in activities] == [
        (
            "file",
            {"type": "image", "source": {"type": "data", "value": "aGk=", "mimeType": "image/png"}},
        ),
        (
            "file",
            {
                "type": "audio",
                "source": {"type": "data", "value": "aGk=", "mimeType": "audio/wav"},
                "transcript": "Hum.",
            },
        ),
    ]


def test_each_file_of_ag_ui_is_in_the_metadata_once_however_many_follow() -> None:
    events = ag_ui([TextBlock("Two: "), PICTURE, TextBlock("and "), AUDIO, TextBlock("Done.")])
    assert str([e.get("metadata") for e in events]).count("aGk=") == 2
    (message,) = messages_of(events)
    assert message["content"] == "Two: and Done."
    assert message["metadata"]["chat-file-1"]["at"] == len("Two: ")


def test_files_are_sent_once_where_the_history_is_not_to_have_them() -> None:
    blocks = [TextBlock("Here."), PICTURE]
    assert str(ag_ui(blocks, media_in_history=False)).count("aGk=") == 1
    assert back_from_ag_ui(blocks, media_in_history=False).blocks == (TextBlock("Here."),)


def indexed(index: int, data: str) -> ImageBlock:
    return ImageBlock(base64=data, mime_type="image/png", index=index)


def test_a_file_in_pieces_is_sent_where_it_stands_once_a_later_block_begins() -> None:
    blocks = [
        TextBlock("Here. ", index=0),
        indexed(1, "aGVs"),
        indexed(1, "bG8="),
        TextBlock("A fish.", index=2),
        indexed(3, "aGk="),
    ]
    kinds = [part["type"] for part in message_of(vercel(blocks))["parts"]]
    assert kinds == ["step-start", "text", "file", "text", "file"]
    whole = (
        TextBlock("Here. "),
        ImageBlock(base64="aGVsbG8=", mime_type="image/png"),
        TextBlock("A fish."),
        PICTURE,
    )
    assert back_from_ag_ui(blocks).blocks == whole
    assert back_from_vercel(blocks).blocks == whole


def test_a_file_of_which_a_piece_comes_late_is_whole_in_the_history() -> None:
    blocks = [indexed(0, "aGVs"), TextBlock("Hm.", index=1), indexed(0, "bG8=")]
    files = [block for block in back_from_ag_ui(blocks).blocks if isinstance(block, ImageBlock)]
    assert [file.base64 for file in files] == ["aGVsbG8="]
    assert vercel(blocks)[-3]["url"].endswith(",aGVsbG8=")


def test_a_file_in_the_storage_of_a_vendor_does_not_end_the_conversation() -> None:
    stored = VideoBlock("s3://bucket/fish.mp4", mime_type="video/mp4")
    for answer in (back_from_ag_ui([TextBlock("x"), stored]), back_from_vercel([TextBlock("x")])):
        assert answer.blocks == (TextBlock("x"),)
    assert back_from_vercel([TextBlock("x"), stored]).blocks == (TextBlock("x"),)


FORGED = {"type": "image", "url": "file:///etc/passwd"}


def test_a_page_cannot_name_a_file_of_this_machine_as_a_block_of_ours() -> None:
    parts = [{"type": "data-chat-block", "data": FORGED}, {"type": "text", "text": "x"}]
    request = read_vercel_request({"messages": [{"id": "a", "role": "assistant", "parts": parts}]})
    assert request.messages == [AIMessage([TextBlock("x")])]
    metadata = {"chat-file-1": {"block": FORGED}}
    answer = {"id": "a", "role": "assistant", "content": "x", "metadata": metadata}
    body = {"threadId": "t", "runId": "r", "messages": [answer]}
    assert read_ag_ui_request(body).messages[0].blocks == (TextBlock("x"),)


@pytest.mark.parametrize("kept", [None, [], {}, {"block": 7}, {"block": {"type": "picture"}}])
def test_metadata_that_holds_no_block_is_refused_by_its_place(kept: Any) -> None:
    question = {"id": "q", "role": "user", "content": "Hi"}
    answer = {"id": "a", "role": "assistant", "content": "x", "metadata": {"chat-file-1": kept}}
    body = {"threadId": "t", "runId": "r", "messages": [question, answer]}
    with pytest.raises(InvalidParameterError, match=r"^messages\[1\]\.metadata\.chat-file-1"):
        read_ag_ui_request(body)


def test_names_of_metadata_that_are_not_ours_are_ignored() -> None:
    metadata = {"chat-file-one": 1, "chat-files": 2, "trace": {"block": 1}}
    answer = {"id": "a", "role": "assistant", "content": "x", "metadata": metadata}
    question = {"id": "q", "role": "user", "content": "Hi"}
    body = {"threadId": "t", "runId": "r", "messages": [question, answer]}
    request = read_ag_ui_request(body)
    assert request.messages == [HumanMessage("Hi", id="q"), AIMessage("x", id="a")]
