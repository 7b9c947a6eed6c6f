"""The head of a request to Bedrock, equal to what botocore sends: signed, or with an API key."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from chat_core import InvalidParameterError
from chat_core.provider import (
    HTTPTransport,
    RequestHead,
    join_url,
    json_content,
    operation_content,
    operation_head,
)

from .endpoint import base_url, path, region_of, s3_url

if TYPE_CHECKING:
    from chat_core.provider import Request

    from .credentials import AWSCredentials

__all__ = [
    "BedrockTransport",
    "KeyTransport",
    "SignedTransport",
    "control_address",
    "host",
    "storage_address",
]

_EVENTS = "application/vnd.amazon.eventstream"


def host(region: str, service: str = "bedrock-runtime") -> str:
    """Bedrock's address in ``region``, as the environment asks for it (FIPS, dual stack)."""
    return base_url(region, service=service, **_kind_of_endpoint())


def control_address(region: str) -> str:
    """The address of Bedrock's control plane, which has the batch jobs."""
    return _named_address("BEDROCK") or host(region, "bedrock")


def storage_address(region: str) -> str:
    """The address of S3."""
    return _named_address("S3") or s3_url(region, **_kind_of_endpoint())


def _named_address(service: str) -> str:
    """The address of a service that the environment names; empty if it names none."""
    names = (f"AWS_ENDPOINT_URL_{service}", "AWS_ENDPOINT_URL")
    return next(filter(None, map(os.environ.get, names)), "").rstrip("/")


def _kind_of_endpoint() -> dict[str, bool]:
    return {
        "fips": _is_on("AWS_USE_FIPS_ENDPOINT"),
        "dual_stack": _is_on("AWS_USE_DUALSTACK_ENDPOINT"),
    }


def _is_on(variable: str) -> bool:
    return os.environ.get(variable, "").lower() == "true"


class BedrockTransport(HTTPTransport):
    """Sends requests of Converse; a subclass authenticates them.

    Args:
        given: the address, if one was given; else it is that of the region.
    """

    distribution = "chat-bedrock"

    def __init__(self, given: str | None) -> None:
        super().__init__()
        self._given = given

    def content(self, body: dict[str, Any]) -> Mapping[str, Any]:
        """See ``HTTPTransport``. The model's id travels in the path."""
        return {name: value for name, value in body.items() if name != "modelId"}

    def url(self, request: Request, region: str) -> str:
        """Where ``request`` goes. Raises ``InvalidParameterError`` for a model that is no text."""
        model = request.body.get("modelId")
        if not isinstance(model, str) or not model:
            raise InvalidParameterError(f"modelId is the id or the ARN of a model; got {model!r}.")
        return join_url(self._given or host(region), path(model, stream=request.stream))


class KeyTransport(BedrockTransport):
    """Sends requests with an API key of Bedrock.

    Args:
        api_key: the key.
        given: see ``BedrockTransport``.
        region: for the address; empty where that is given.
    """

    def __init__(self, *, api_key: str, given: str | None, region: str) -> None:
        super().__init__(given)
        self._key = api_key
        self._region = region

    def build_head(self, request: Request) -> RequestHead:
        """See ``HTTPTransport``."""
        headers = {"authorization": f"Bearer {self._key}", **_accept(request)}
        return RequestHead(self.url(request, self._region), headers)

    def base_head(self) -> RequestHead:
        """See ``HTTPTransport``."""
        address = self._given or host(self._region)
        return RequestHead(address, {"authorization": f"Bearer {self._key}"})


class SignedTransport(BedrockTransport):
    """Sends requests that are signed with credentials of AWS.

    Args:
        credentials: asked before each request.
        given: see ``BedrockTransport``.
        region: the setting; ``None`` for that of the model's ARN, else of the environment.
        region_of_jobs: the region of batch jobs, whose paths have no model.
    """

    def __init__(
        self,
        *,
        credentials: AWSCredentials,
        given: str | None,
        region: str | None,
        region_of_jobs: str | None = None,
    ) -> None:
        super().__init__(given)
        self._credentials = credentials
        self._region = region
        self._region_of_jobs = region_of_jobs

    def build_head(self, request: Request) -> RequestHead:
        """See ``HTTPTransport``."""
        credentials = self._credentials
        credentials.frozen()  # raised before a missing region: without these nothing can be sent
        region = credentials.region(self._region or region_of(str(request.body.get("modelId"))))
        url = self.url(request, region)
        signed = _with_query(url, request.query)
        headers = {"content-type": "application/json"}
        headers |= {name.lower(): value for name, value in request.headers.items()}
        content = json_content(self.content(request.body))
        headers = credentials.sign(signed, content, headers, region)
        return RequestHead(url, {**_accept(request), **headers})

    async def abuild_head(self, request: Request) -> RequestHead:
        """See ``HTTPTransport``. botocore may read files or ask a server, so a thread signs."""
        return await asyncio.to_thread(self.build_head, request)

    def operation_head(self, request: Request) -> RequestHead:
        """See ``HTTPTransport``. A model's ARN in the path names the region, as for chat calls.

        Operations of batch jobs are whole addresses, of the control plane or of S3.
        """
        operation = request.operation
        assert operation is not None
        credentials = self._credentials
        credentials.frozen()
        model = unquote(operation.path.removeprefix("model/"))
        region = self._region or region_of(model) or self._region_of_jobs
        region = credentials.region(region)
        base = RequestHead(self._given or host(region))
        is_stored = "://" in model and not model.startswith(f"{control_address(region)}/model-")
        head = operation_head(request, base, request.headers)
        url, content = _with_query(head.url, head.query), operation_content(operation)
        service = "s3" if is_stored else "bedrock"
        headers = credentials.sign(
            url, content, head.headers, region, method=head.method, service=service
        )
        return replace(head, headers=headers)

    async def aoperation_head(self, request: Request) -> RequestHead:
        """See ``HTTPTransport``."""
        return await asyncio.to_thread(self.operation_head, request)


def _accept(request: Request) -> dict[str, str]:
    return {"accept": _EVENTS if request.stream else "application/json"}


def _with_query(url: str, query: Mapping[str, object]) -> str:
    """``url`` with the query that the caller adds, as the signature reads it."""
    if not query:
        return url
    pairs = "&".join(
        f"{quote(k, safe='-._~')}={quote(str(v), safe='-._~')}" for k, v in query.items()
    )
    return f"{url}{'&' if '?' in url else '?'}{pairs}"
