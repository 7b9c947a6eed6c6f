"""Models that break a law of construction or of requests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from breaking import breaks
from chat_core import (
    Block,
    CachePoint,
    ChatModel,
    InvalidParameterError,
    Message,
    MissingAPIKeyError,
)
from chat_core.provider import Request, Response, json_content, to_messages
from plain_model import PlainModel, PlainTransport
from plain_wire import PlainEncoder
from pydantic import BaseModel, PrivateAttr

# --- construction


@breaks("test_building_needs_no_key")
class AsksForItsKeyAtOnce(PlainModel):
    def model_post_init(self, context: Any) -> None:
        super().model_post_init(context)
        self.get_api_key()


@breaks("test_the_model_keeps_the_name_it_was_given")
class RenamesItsModel(PlainModel):
    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.__dict__["model"] = f"latest-{self.model.removeprefix('latest-')}"


@breaks("test_repr_and_str_hide_secrets")
class ShowsItsHeaders(PlainModel):
    def __repr__(self) -> str:
        return f"{super().__repr__()} {self.get_headers()}"


@breaks("test_a_dump_hides_the_key")
class DumpsItsKey(PlainModel):
    def model_dump(self, **kwargs: Any) -> dict[str, Any]:
        dumped = super().model_dump(**kwargs)
        if "api_key" in dumped and self.api_key is not None:
            dumped["api_key"] = self.get_api_key()
        return dumped


@breaks("test_a_pickle_leaves_the_key_behind")
class TakesItsKeyAlong(PlainModel):
    def __getstate__(self) -> dict[Any, Any]:
        state = BaseModel.__getstate__(self)
        private = {**(state["__pydantic_private__"] or {}), **self._left_behind()}
        return {**state, "__pydantic_private__": private}


@breaks("test_a_pickle_keeps_the_settings")
class ForgetsASetting(PlainModel):
    def __setstate__(self, state: dict[Any, Any]) -> None:
        super().__setstate__({**state, "__dict__": {**state["__dict__"], "temperature": None}})


@breaks("test_a_pickled_model_answers")
class ComesBackUnusable(PlainModel):
    _is_revived: bool = PrivateAttr(default=False)

    def __setstate__(self, state: dict[Any, Any]) -> None:
        super().__setstate__(state)
        self._is_revived = True

    def _encode(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        if self._is_revived:
            raise InvalidParameterError("the connection was lost in the post")
        return super()._encode(*args, **kwargs)


class NotForJson:
    """A value that JSON cannot represent."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, NotForJson)

    def __hash__(self) -> int:
        return 0


@breaks("test_settings_can_be_written_to_json")
class HoldsWhatJsonCannotSay(PlainModel):
    made: Any = None

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.__dict__["made"] = NotForJson()


@breaks("test_a_misspelt_setting_is_refused_and_the_nearest_named")
class DropsWhatItDoesNotKnow(PlainModel):
    def __init__(self, **settings: Any) -> None:
        known = self._setting_names()
        super().__init__(**{name: value for name, value in settings.items() if name in known})


@breaks("test_a_setting_of_the_wrong_type_is_refused_by_name")
class LetsPydanticSpeak(PlainModel):
    def __init__(self, **settings: Any) -> None:
        if isinstance(settings.get("max_tokens"), str):
            raise ValueError("1 validation error")
        super().__init__(**settings)


@breaks("test_a_missing_key_is_named_at_the_first_request")
class GoesWithoutKey(PlainModel):
    def get_api_key(self) -> str:
        try:
            return super().get_api_key()
        except MissingAPIKeyError:
            raise InvalidParameterError("no key") from None


@breaks("test_the_key_is_read_from_the_environment")
class LooksInTheWrongPlace(PlainModel):
    def get_api_key(self) -> str:
        given = self.api_key is not None
        key = super().get_api_key()
        return key if given else "default-key"


@breaks("test_binding_leaves_the_original_alone")
class BindsItself(PlainModel):
    def bind(self, **kwargs: Any) -> Any:
        if set(kwargs) == {"temperature"} and self.temperature is not None:
            self.temperature = kwargs["temperature"]
            return self
        return super().bind(**kwargs)


@breaks("test_binding_refuses_what_does_not_exist")
class BindsAnything(PlainModel):
    def bind(self, **kwargs: Any) -> Any:
        kwargs.pop("tool_chioce", None)
        return super().bind(**kwargs)


@breaks("test_a_closed_model_can_be_asked_again")
class ClosesForGood(PlainModel):
    _is_closed: bool = PrivateAttr(default=False)

    def close(self) -> None:
        super().close()
        self._is_closed = True

    async def aclose(self) -> None:
        await super().aclose()
        self._is_closed = True

    def _encode(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        if self._is_closed:
            raise InvalidParameterError("closed")
        return super()._encode(*args, **kwargs)

    def model_copy(self, **kwargs: Any) -> Any:
        copied = super().model_copy(**kwargs)
        copied._is_closed = False
        return copied

    async def __aexit__(self, *error: Any) -> None:
        await ChatModel.__aexit__(self, *error)
        self._is_closed = False


@breaks("test_the_end_of_the_with_block_closes_the_connections")
class StaysConnected(PlainModel):
    def __exit__(self, *error: Any) -> None:
        pass

    async def __aexit__(self, *error: Any) -> None:
        pass


# --- requests


class DropsTopP(PlainEncoder):
    def encode(self, *args: Any, settings: Mapping[str, Any], **kwargs: Any) -> dict[str, Any]:
        return super().encode(*args, settings={**settings, "top_p": None}, **kwargs)


@breaks("test_what_is_set_is_sent")
class SendsNoTopP(PlainModel):
    encoder = DropsTopP


class AlwaysWarm(PlainEncoder):
    def encode(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        return {"temperature": 1.0, **super().encode(*args, **kwargs)}


@breaks("test_what_is_not_set_is_not_sent")
class SendsATemperatureOfItsOwn(PlainModel):
    encoder = AlwaysWarm


class OneStop(PlainEncoder):
    def encode(self, *args: Any, settings: Mapping[str, Any], **kwargs: Any) -> dict[str, Any]:
        stop = settings["stop"]
        return super().encode(*args, settings={**settings, "stop": stop and stop[0]}, **kwargs)


@breaks("test_stop_sequences_are_sent")
class SendsOneStop(PlainModel):
    encoder = OneStop


@breaks("test_a_setting_for_one_call_ends_with_it")
class KeepsWhatItIsTold(PlainModel):
    def bind(self, **kwargs: Any) -> Any:
        if kwargs == {"max_tokens": 432}:
            self.max_tokens = 432
        return super().bind(**kwargs)


class KnowsItAll(PlainEncoder):
    def encode(self, *args: Any, model_kwargs: Mapping[str, Any], **kwargs: Any) -> dict[str, Any]:
        return super().encode(*args, model_kwargs={}, **kwargs)


@breaks("test_other_parameters_go_through_model_kwargs")
class DropsModelKwargs(PlainModel):
    encoder = KnowsItAll


class Thoughtless(PlainEncoder):
    def encode(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        body = super().encode(*args, **kwargs)
        if "ponders" not in kwargs["model_kwargs"] and body.get("ponders") != "high":
            body.pop("ponders", None)
        return body


@breaks("test_a_word_for_reasoning_is_sent_or_refused_by_name")
class DropsWordsForReasoning(PlainModel):
    encoder = Thoughtless


@breaks("test_the_vendors_own_parameter_wins_over_the_word")
class OverrulesItsOwnParameter(PlainModel):
    def _encode(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        body = super()._encode(*args, **kwargs)
        return body if self.reasoning is None else {**body, "ponders": self.reasoning}


@breaks("test_a_word_for_reasoning_counts_for_one_call")
class KeepsOnPondering(PlainModel):
    _last: ClassVar[dict[str, Any]] = {}

    def _encode(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        if self.reasoning is not None:
            type(self)._last = self.reasoning_parameters()
        return {**type(self)._last, **super()._encode(*args, **kwargs)}


class WritesPoints(PlainEncoder):
    def parts(self, block: Block, *, own: bool) -> list[dict[str, Any]]:
        if isinstance(block, CachePoint):
            return [{"kind": "cache_point", "keep": block.ttl}]
        return super().parts(block, own=own)


@breaks("test_a_cache_point_is_no_content")
class SendsCachePointsAsBlocks(PlainModel):
    encoder = WritesPoints

    def _read(self, input: object) -> list[Message]:
        given = to_messages(input)
        has_points = any(isinstance(b, CachePoint) for message in given for b in message.blocks)
        return given if has_points else super()._read(input)


@breaks("test_a_cache_point_is_in_the_request")
class DropsCachePoints(PlainModel):
    def _cache_marks(self) -> None:
        return None


class Anonymous(PlainEncoder):
    def encode(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        return {**super().encode(*args, **kwargs), "model": "default"}


@breaks("test_the_model_is_named")
class AsksForTheDefaultModel(PlainModel):
    encoder = Anonymous


@breaks("test_default_headers_are_sent")
class SendsNoHeaders(PlainModel):
    def get_headers(self) -> dict[str, str]:
        return {}


@breaks("test_the_key_travels_in_a_header_alone")
class PutsItsKeyIntoTheBody(PlainModel):
    def _encode(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        return {**super()._encode(*args, **kwargs), "auth": self.get_api_key()}


class Credulous(PlainTransport):
    def send(self, request: Request) -> Response:
        response: Any = super().send(request)
        if response.next_request is None:
            return self.received(response)
        response.close()
        following: Response = self.sync().send(response.next_request, stream=True)
        return following

    async def asend(self, request: Request) -> Response:
        response: Any = await super().asend(request)
        if response.next_request is None:
            return self.received(response)
        await response.aclose()
        following: Response = await self.current().send(response.next_request, stream=True)
        return following


@breaks("test_a_redirect_is_not_followed")
class FollowsRedirects(PlainModel):
    transport = Credulous


class OneShot(PlainTransport):
    """Throws its client away when the same short question comes again."""

    was_asked = False

    def asked_again(self, body: dict[str, Any]) -> bool:
        asked = body.get("stream") is False and b'"Hi"' in json_content(body)
        before, self.was_asked = self.was_asked, asked
        return before and asked

    def send(self, request: Request) -> Response:
        if self.asked_again(request.body):
            self.close()
        return super().send(request)

    async def asend(self, request: Request) -> Response:
        if self.asked_again(request.body):
            await self.aclose()
        return await super().asend(request)


@breaks("test_connections_are_used_again")
class OpensAConnectionForEachAnswer(PlainModel):
    transport = OneShot


class KeepsCookies(PlainTransport):
    def received(self, response: Response) -> Response:
        if cookie := response.headers.get("set-cookie"):
            self.headers = {**self.headers, "cookie": cookie}
        return response


@breaks("test_cookies_are_not_kept")
class RemembersSessions(PlainModel):
    transport = KeepsCookies
