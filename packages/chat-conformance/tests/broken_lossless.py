"""Models that break a law about losses: of keys, of characters, or of answers sent back."""

from __future__ import annotations

import json
from typing import Any

from breaking import breaks
from chat_core import Block, InvalidParameterError, InvalidToolCall, TextBlock
from chat_core.provider import Request, Response
from plain_model import PlainModel, PlainTransport
from plain_wire import PlainEncoder


class _TextAlone(PlainEncoder):
    def parts(self, block: Block, *, own: bool) -> list[dict[str, Any]]:
        parts = super().parts(block, own=own)
        if isinstance(block, TextBlock):
            return [{"text": part["text"]} for part in parts]
        return parts


@breaks("test_no_key_of_a_dict_message_is_dropped")
class DropsKeysOfTexts(PlainModel):
    encoder = _TextAlone


class _Escaping(PlainTransport):
    """Writes half a character as an escape."""

    def _asked(self, client: Any, request: Request) -> Any:
        content = json.dumps(request.body).encode()
        return client.build_request("POST", self.url, content=content, headers=self.headers)

    def send(self, request: Request) -> Response:
        client = self.sync()
        response: Response = client.send(self._asked(client, request), stream=True)
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
