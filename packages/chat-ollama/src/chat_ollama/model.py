"""``ChatOllama``: the settings of a model on an Ollama server, wired to codec and client."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal, cast

from chat_core import InvalidParameterError
from chat_core.provider import Logprobs, WireModel, clean_key, join_url
from pydantic import Field, field_validator

from .host import DEFAULT_ADDRESS, read_host
from .names import PROVIDER

if TYPE_CHECKING:
    from chat_core import APIError, Message, ModelProfile
    from chat_core.provider import CallOptions, Decoder, Operation, Page, Transport

    from .installed_models import InstalledModel

__all__ = ["ChatOllama"]

_HOST_VARIABLE = "OLLAMA_HOST"
_KEY_VARIABLE = "OLLAMA_API_KEY"


class ChatOllama(WireModel):
    """A model on an Ollama server, by its native chat API.

    The server is ``base_url``, else what the environment's ``OLLAMA_HOST`` names, else this
    machine's. A key is sent if there is one: ``api_key``, else ``OLLAMA_API_KEY``. ``max_tokens``
    is sent as ``num_predict``. ``None`` means not sent: the model's own default counts.
    ``timeout`` is 300 seconds: before the first event the server may have to load the model.

    Args:
        think: think before the answer; a level for models that have such.
        keep_alive: how long the model stays in memory afterwards: ``"10m"``, or seconds; negative
            for ever, 0 not at all.
        format: ``"json"``, or the JSON schema of the answer; ``with_structured_output`` sets it for
            you.
        logprobs: ask for the log probabilities of the answer's tokens, with a number for so many
            of the likeliest ones at each place.
        top_logprobs: that number under the vendor's own name, which wins over it.
        truncate: whether the server shortens a conversation that does not fit into the context.
        shift: whether the context moves on when it is full, instead of ending the answer.
        num_ctx: the size of the context in tokens; what is longer is cut at its beginning.
        num_predict: the longest answer in tokens, which wins over ``max_tokens``; -1 for no limit.
        num_keep: how many tokens of the beginning are kept when the context is full.
        seed: the same answer for the same request.
        top_k: sample from the ``top_k`` likeliest tokens only.
        min_p: leave out tokens with less than this part of the likeliest one's probability.
        typical_p: leave out tokens that are unusually likely or unlikely.
        repeat_last_n: how many tokens back repetition counts; -1 for the whole context.
        repeat_penalty, presence_penalty, frequency_penalty: against repeating words.
        mirostat, mirostat_tau, mirostat_eta: sampling by Mirostat; its target and learning rate.
        num_batch: tokens of the prompt that are read at once.
        num_gpu: layers of the model on the graphics processor; 0 for none.
        main_gpu: which graphics processor.
        num_thread: threads of the processor.
        use_mmap: map the model's file into memory.
        options: further options of the model, sent beside those above.
    """

    provider: ClassVar[str] = PROVIDER
    no_server_tools: ClassVar[str] = "the server runs models alone"
    # No key is needed, so there is none to miss: api_key_env stays empty.
    base_url_env: ClassVar[tuple[str, ...]] = (_HOST_VARIABLE,)
    no_files: ClassVar[str] = "Ollama keeps none"
    instead_of_upload: ClassVar[str] = "ImageBlock.from_path(…) sends an image with the message"
    no_counting: ClassVar[str] = "Ollama has no endpoint that counts"
    models_path: ClassVar[str] = "api/tags"
    top_level: ClassVar[frozenset[str]] = frozenset(
        "think keep_alive format logprobs top_logprobs truncate shift".split()
    )
    """The settings that stand in the request itself; all others are ``options``."""

    timeout: float = Field(default=300.0, gt=0, le=31_536_000)
    think: bool | Literal["low", "medium", "high"] | None = None
    keep_alive: float | str | None = None
    format: Literal["json"] | dict[str, Any] | None = None
    logprobs: Logprobs | None = None
    top_logprobs: int | None = Field(default=None, ge=0, le=20)
    truncate: bool | None = None
    shift: bool | None = None

    num_ctx: int | None = Field(default=None, ge=1)
    num_predict: int | None = None
    num_keep: int | None = None
    seed: int | None = None
    top_k: int | None = None
    min_p: float | None = None
    typical_p: float | None = None
    repeat_last_n: int | None = None
    repeat_penalty: float | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    mirostat: Literal[0, 1, 2] | None = None
    mirostat_tau: float | None = None
    mirostat_eta: float | None = None
    num_batch: int | None = None
    num_gpu: int | None = None
    main_gpu: int | None = None
    num_thread: int | None = None
    use_mmap: bool | None = None
    options: dict[str, Any] | None = None

    @classmethod
    def list_models(cls, **settings: Any) -> Sequence[InstalledModel]:
        """The models that are installed on the server; ``settings`` are those of the connection.

        Raises ``APIConnectionError`` where no server answers.
        """
        return cast("Sequence[InstalledModel]", super().list_models(**settings))

    @classmethod
    async def alist_models(cls, **settings: Any) -> Sequence[InstalledModel]:
        """``list_models`` on an event loop."""
        return cast("Sequence[InstalledModel]", await super().alist_models(**settings))

    def _read_models(self, wire: Any) -> Page:
        from chat_core.provider import Page

        from .installed_models import read_models

        return Page([*read_models(wire)])

    def _profile_operation(self) -> Operation[ModelProfile]:
        from .model_profile import profile_operation

        return profile_operation(self.model)

    def reasoning_parameters(self) -> dict[str, Any]:
        """See ``ModelSettings``."""
        if self.reasoning is None:
            return {}
        from .reasoning import choose_think

        think = self.model_kwargs.get("think", self.think)
        return {"think": choose_think(self.reasoning, self.model) if think is None else think}

    # The codec is loaded by the first request: building a model does not pay for it.

    def _encode(
        self, messages: list[Message], options: CallOptions, *, stream: bool
    ) -> dict[str, Any]:
        from chat_completions.settings import request_settings

        from .encode import encode_request

        settings = {**request_settings(self, ChatOllama), **self.reasoning_parameters()}
        return encode_request(
            messages,
            options,
            model=self.model,
            settings={name: settings[name] for name in settings if name in self.top_level},
            model_options={name: settings[name] for name in settings if name not in self.top_level},
            model_kwargs=self.model_kwargs,
            stream=stream,
        )

    def _decoder(self) -> Decoder:
        from .decode import OllamaDecoder

        return OllamaDecoder(self.model)

    @field_validator("base_url")
    @classmethod
    def _base_url_is_an_address(cls, base_url: str | None) -> str | None:
        if base_url is not None:
            join_url(read_host(base_url) if base_url.strip() else base_url, "")
        return base_url

    def address_source(self) -> tuple[str, str]:
        """See ``ModelSettings``; Ollama's own address is this machine's, and is named too."""
        source, given = super().address_source()
        return (source, read_host(given)) if source else ("the default address", DEFAULT_ADDRESS)

    def _make_transport(self) -> Transport:
        from .client import OllamaTransport

        source, address = self.address_source()
        try:
            return OllamaTransport(base_url=address, api_key=self._key())
        except InvalidParameterError as error:
            if _HOST_VARIABLE not in source:
                raise
            raise InvalidParameterError(f"{source}: {error}") from None

    def _key(self) -> str:
        """``api_key``, else that of the environment, which Ollama's client reads; may be empty."""
        return clean_key(self._own_key() or os.environ.get(_KEY_VARIABLE, ""))

    def _make_client_transport(self) -> Transport:
        raise InvalidParameterError(
            f"{type(self).__name__} takes no client of the ollama package: it has no public method"
            " that returns an answer's bytes. Give its address as base_url=, its key as api_key="
            " and its HTTP settings as http_client= or async_http_client=."
        )

    def _error_from_response(
        self, status: int, headers: Mapping[str, str], body: bytes
    ) -> APIError:
        from .errors import error_from_response

        return error_from_response(status, headers, body, model=self.model)
