"""Models that break a law about losses: of keys, of characters, or of answers sent back."""

from __future__ import annotations

import json
from typing import Any

from breaking import breaks
from chat_core import Block, InvalidParameterError, InvalidToolCall, Message, TextBlock
from chat_core.provider import Request, Response
from plain_model import PlainModel, PlainTransport
from plain_wire import PlainEncoder


class _TextAlone(PlainEncoder):
    def parts(self, block: Block, *, own: bool) -> list[dict[str, Any]]:
        parts = super().parts(block, own=own)
        if isinstance(block, TextBlock):
            kept = ("text", "keep")
            return [{key: part[key] for key in kept if key in part} for part in parts]
        return parts


@breaks("test_no_key_of_a_dict_message_is_dropped")
class DropsKeysOfTexts(PlainModel):
    encoder = _TextAlone


class _Nameless(PlainEncoder):
    def turn(self, message: Message) -> dict[str, Any]:
        return {key: value for key, value in super().turn(message).items() if key != "name"}


@breaks("test_the_name_of_a_speaker_is_sent")
class DropsNames(PlainModel):
    encoder = _Nameless


class _Escaping(PlainTransport):
    """Writes half a character as an escape."""

    def send(self, request: Request) -> Response:
        content = json.dumps(request.body)
        if '\\ud83d"' not in content:
            return super().send(request)
        client = self.sync()
        message = client.build_request("POST", self.url, content=content, headers=self.headers)
        response: Response = client.send(message, stream=True)
        return response


@breaks("test_half_a_surrogate_pair_is_not_sent")
class SendsHalfACharacter(PlainModel):
    transport = _Escaping


class _WholeCallsOnly(PlainEncoder):
    def parts(self, block: Block, *, own: bool) -> list[dict[str, Any]]:
        if isinstance(block, InvalidToolCall) and own:
            raise InvalidParameterError("This call has no valid arguments.")
        return super().parts(block, own=own)


@breaks("test_an_answer_can_be_sent_on_however_it_ended")
class RefusesItsOwnAnswers(PlainModel):
    encoder = _WholeCallsOnly
