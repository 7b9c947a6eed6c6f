"""The head of a request to Mistral, equal to what Mistral's SDK sends; the one file with I/O."""

from __future__ import annotations

from pathlib import Path

from chat_core import MissingAPIKeyError
from chat_core.provider import HTTPTransport, Request, RequestHead, clean_key, join_url

__all__ = ["TOKEN_FILE", "MistralTransport"]

TOKEN_FILE = "MISTRAL_SA_TOKEN_PATH"  # noqa: S105 - the name of a variable
"""The variable of the environment that names the file with a service account's token."""

_BASE_URL = "https://api.mistral.ai"


class MistralTransport(HTTPTransport):
    """Sends Chat Completions requests.

    Args:
        api_key: the key; unused with a ``token_file``.
        base_url: the host; ``None`` for Mistral's own.
        token_file: the path of a file with a token, which is read for each request, since others
            write it anew.
    """

    distribution = "chat-mistralai"

    def __init__(
        self, *, api_key: str = "", base_url: str | None, token_file: str | None = None
    ) -> None:
        super().__init__()
        self._url = join_url(base_url or _BASE_URL, "v1/chat/completions")
        self._base_url = base_url or _BASE_URL
        self._key = api_key
        self._token_file = token_file

    def build_head(self, request: Request) -> RequestHead:
        """See ``HTTPTransport``. Raises ``MissingAPIKeyError`` for a file without a token."""
        accept = "text/event-stream" if request.stream else "application/json"
        return RequestHead(self._url, {"accept": accept, **self._authorization()})

    def base_head(self) -> RequestHead:
        """See ``HTTPTransport``. Raises ``MissingAPIKeyError`` for a file without a token."""
        return RequestHead(self._base_url, self._authorization())

    def _authorization(self) -> dict[str, str]:
        key = _token(self._token_file) if self._token_file else self._key
        return {"authorization": f"Bearer {key}"}


def _token(path: str) -> str:
    try:
        token = clean_key(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise MissingAPIKeyError(f"{TOKEN_FILE}={path!r} cannot be read: {error}.") from error
    if not token:
        raise MissingAPIKeyError(f"{TOKEN_FILE}={path!r} is an empty file; it holds the token.")
    return token[len("bearer ") :] if token.lower().startswith("bearer ") else token
