"""Credentials of Google Cloud: found, refreshed, and turned into headers.

The only file that uses google-auth. Every method may block (files, token endpoints, the metadata
server), so async callers run it in a thread.

Rules (google-auth, ``google.auth.default``):

- ``GOOGLE_CLOUD_QUOTA_PROJECT`` overrides the quota project of a credentials file.
- The project is the setting, else the environment's, else the one in the credentials file, else
  the one that the credentials are asked for (workload identity).
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from chat_core import (
    APIConnectionError,
    APIError,
    AuthenticationError,
    ChatError,
    InvalidParameterError,
    MissingAPIKeyError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["PROJECT_VARIABLES", "GoogleCredentials"]

FILE_VARIABLE = "GOOGLE_APPLICATION_CREDENTIALS"
PROJECT_VARIABLES = ("GOOGLE_CLOUD_PROJECT", "GCLOUD_PROJECT")

_SCOPES = ("https://www.googleapis.com/auth/cloud-platform",)


class GoogleCredentials:
    """Credentials of one model, found at the first use.

    Args:
        given: a google-auth object, the path of a credentials file, or such a file's content as a
            dict; ``None`` for application default credentials (ADC).
        project: the project, if the user named it.
        timeout: seconds for the token endpoint.
    """

    def __init__(self, given: Any, project: str | None, timeout: float) -> None:
        self._given = given
        self._project = project
        self._timeout = timeout
        self._found: Any = None
        self._lock = threading.Lock()

    @property
    def fresh(self) -> bool:
        """Whether ``headers`` returns without blocking."""
        return self._found is not None and bool(self._found.valid)

    def headers(self) -> dict[str, str]:
        """Return the headers of a request made now; an expired token is refreshed first.

        Raises:
            MissingAPIKeyError: there are no credentials.
            InvalidParameterError: the credentials cannot be read.
            AuthenticationError: the token has expired and cannot be refreshed.
            APIConnectionError: the token endpoint cannot be reached.
        """
        with self._lock:
            if self._found is None:
                self._found = self._find()
            if not self._found.valid:
                self._refresh()
            headers: dict[str, str] = {}
            self._found.apply(headers)
            return headers

    def project(self) -> str:
        """Return the project; call ``headers`` first.

        Raises:
            InvalidParameterError: none is known.
            AuthenticationError, APIConnectionError: the credentials cannot be asked for it.
        """
        named = (self._project, *map(os.environ.get, PROJECT_VARIABLES))
        project = next(filter(None, named), None) or self._own_project()
        if not project:
            raise InvalidParameterError(
                "Vertex AI needs a project: pass project=... to ChatVertexAI or set"
                f" {PROJECT_VARIABLES[0]}; these credentials name none."
            )
        return project

    def _own_project(self) -> str | None:
        own = getattr(self._found, "project_id", None)
        ask = getattr(self._found, "get_project_id", None)
        if not own and callable(ask):
            with self._lock, self._connection() as request:
                own = ask(request=request)
            self._project = own or self._project
        return str(own) if own else None

    # --- finding

    def _find(self) -> Any:
        given = self._given
        if given is None and os.environ.get(FILE_VARIABLE):
            return _from_file(Path(os.environ[FILE_VARIABLE]), named_by=FILE_VARIABLE)
        if given is None:
            return self._default()
        if isinstance(given, str | os.PathLike):
            return _from_file(Path(given), named_by="credentials")
        if isinstance(given, dict):
            return _from_info(given, "credentials")
        if not (hasattr(given, "refresh") and hasattr(given, "apply")):
            raise InvalidParameterError(
                "credentials is a google-auth object, the path of a credentials file or its content"
                f" as a dict; got {type(given).__name__}."
            )
        from google.auth import credentials

        return cast(Any, credentials).with_scopes_if_required(given, list(_SCOPES))

    def _default(self) -> Any:
        import google.auth
        from google.auth.exceptions import DefaultCredentialsError

        try:
            credentials, project = google.auth.default(scopes=list(_SCOPES))
        except DefaultCredentialsError as error:
            raise MissingAPIKeyError(
                f"ChatVertexAI needs credentials: set {FILE_VARIABLE} to a service-account file,"
                " run `gcloud auth application-default login`, or pass credentials=... (or"
                f" api_key=... for express mode). google-auth says: {error}"
            ) from error
        self._project = self._project or project
        return credentials

    # --- refreshing

    def _refresh(self) -> None:
        with self._connection() as request:
            self._found.refresh(request)

    @contextmanager
    def _connection(self) -> Iterator[Any]:
        """What google-auth sends requests with; its errors become those of chat-core."""
        from functools import partial

        from google.auth.exceptions import GoogleAuthError, TransportError
        from google.auth.transport.requests import Request
        from requests import Session

        with Session() as session:
            try:
                yield partial(Request(session), timeout=self._timeout)
            except TransportError as error:
                raise APIConnectionError(
                    f"The token endpoint of the credentials cannot be reached ({error})."
                ) from error
            except GoogleAuthError as error:
                raise _refused(error) from error
            except (ChatError, OSError):
                raise  # of a connection, which the caller explains
            except Exception as error:
                raise AuthenticationError(
                    f"The credentials cannot be refreshed: they raised {type(error).__name__}."
                ) from error


def _refused(error: Any) -> APIError:
    reason = error.args[0] if error.args else error
    return AuthenticationError(
        f"The credentials cannot be refreshed: {reason}. Log in again"
        " (`gcloud auth application-default login`), or use a service account's key that exists.",
        status=401,
        code=type(error).__name__,
        is_retryable=bool(getattr(error, "retryable", False)),
    )


def _from_file(path: Path, *, named_by: str) -> Any:
    try:
        info = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InvalidParameterError(
            f"{named_by} names {str(path)!r}, which cannot be read ({error.strerror})."
        ) from error
    except ValueError as error:
        raise InvalidParameterError(
            f"{named_by} names {str(path)!r}, which is no JSON; download the key again."
        ) from error
    return _from_info(info, f"{named_by} ({path})")


def _from_info(info: Any, where: str) -> Any:
    """Credentials from a file's content. No value of it is ever shown: it holds private keys."""
    kind = info.get("type") if isinstance(info, dict) else None
    if not isinstance(kind, str):
        raise InvalidParameterError(
            f'{where}: no credentials of Google Cloud; such a file has a "type", for example'
            ' "service_account".'
        )
    from google.auth.exceptions import GoogleAuthError

    try:
        return _with_quota_project(_of_kind(kind, info))
    except (GoogleAuthError, ValueError, TypeError, KeyError, AttributeError) as error:
        reason = str(error) if isinstance(error, GoogleAuthError) else "a value cannot be read"
        raise InvalidParameterError(
            f"{where}: these {kind} credentials are malformed ({reason}). Missing:"
            f" {_missing(kind, info)}. Download them again."
        ) from error


def _with_quota_project(credentials: Any) -> Any:
    """``credentials`` with the environment's quota project, if it names one."""
    from_environment = getattr(credentials, "with_quota_project_from_environment", None)
    return from_environment() if callable(from_environment) else credentials


_NEEDED = {
    "service_account": ("client_email", "private_key", "token_uri"),
    "authorized_user": ("client_id", "client_secret", "refresh_token"),
}


def _missing(kind: str, info: Mapping[str, Any]) -> str:
    return ", ".join(name for name in _NEEDED.get(kind, ()) if not info.get(name)) or "nothing"


def _of_kind(kind: str, info: dict[str, Any]) -> Any:
    if kind == "service_account":
        from google.oauth2 import service_account

        reader = cast(Any, service_account.Credentials)
        return reader.from_service_account_info(info, scopes=list(_SCOPES))
    if kind == "authorized_user":
        from google.oauth2.credentials import Credentials

        return cast(Any, Credentials).from_authorized_user_info(info, scopes=list(_SCOPES))
    import warnings

    import google.auth

    with warnings.catch_warnings():
        # The warning is about files of unknown origin; this one is the user's own setting.
        warnings.simplefilter("ignore", DeprecationWarning)
        reader = cast(Any, google.auth)
        credentials, _ = reader.load_credentials_from_dict(info, scopes=list(_SCOPES))
    return credentials
