"""Credentials and regions of AWS: found by botocore, and turned into signed headers.

The only file that uses botocore, which is imported by the first request that is signed. Every
method may block (files, the token endpoints of SSO and STS, the metadata of an instance), so async
callers run it in a thread.

Rules:

- Credentials are those that were given, else those of botocore's chain: variables of the
  environment, files of the profile, a command, SSO, a container's or an instance's role. They are
  asked for before each request, and refresh themselves in time.
- The region is the setting, else that in a model's ARN, else ``AWS_REGION``, else
  ``AWS_DEFAULT_REGION``, else the profile's.
- All headers are signed but those that a proxy may change. The signature holds for the body as it
  is sent.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from chat_core import (
    APIConnectionError,
    AuthenticationError,
    ChatError,
    InvalidParameterError,
    MissingAPIKeyError,
)

from .endpoint import check_region
from .names import KEY_VARIABLE, PROVIDER

__all__ = ["AWSCredentials", "region_of_environment"]

_NAMES = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")


def region_of_environment() -> str | None:
    """The region that variables of the environment name."""
    return os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or None


class AWSCredentials:
    """Credentials of one model, found at the first use.

    Args:
        given: a dict with ``aws_access_key_id``, ``aws_secret_access_key`` and maybe
            ``aws_session_token``; credentials of botocore; a session of boto3 or botocore; ``None``
            for botocore's chain.
        profile: a profile of the configuration files; ``None`` for that of the environment.
    """

    def __init__(self, given: Any, profile: str | None) -> None:
        self._given = given
        self._profile = profile
        self._lock = threading.Lock()
        self._session: Any = None
        self._found: Any = None

    def region(self, named: str | None) -> str:
        """``named``, else the region of the environment or the profile.

        Raises ``InvalidParameterError`` if there is none.
        """
        region = named or region_of_environment() or self._region_of_profile()
        if not region:
            raise InvalidParameterError(
                "Bedrock needs a region: pass region=... to ChatBedrock, or set AWS_REGION."
            )
        return check_region(region)

    def sign(
        self,
        url: str,
        content: bytes,
        headers: Mapping[str, str],
        region: str,
        *,
        method: str = "POST",
        service: str = "bedrock",
    ) -> dict[str, str]:
        """``headers`` with the date, the session's token and the signature.

        Raises:
            MissingAPIKeyError: there are no credentials.
            InvalidParameterError: they cannot be read.
            AuthenticationError: they have expired and cannot be refreshed.
            APIConnectionError: the endpoint that refreshes them cannot be reached.
        """
        from botocore.auth import S3SigV4Auth, SigV4Auth
        from botocore.awsrequest import AWSRequest

        request = AWSRequest(method=method, url=url, data=content, headers=dict(headers))
        signature = S3SigV4Auth if service == "s3" else SigV4Auth
        signature(self.frozen(), service, region).add_auth(request)
        return {name: str(value) for name, value in request.headers.items()}

    def frozen(self) -> Any:
        """Key, secret and token as they are now, refreshed if need be; raises like ``sign``."""
        with self._lock, _explained():
            if self._found is None:
                self._found = self._find()
            return self._found.get_frozen_credentials()

    def _find(self) -> Any:
        given = self._given
        if isinstance(given, Mapping):
            return _from_dict(given)
        if hasattr(given, "get_frozen_credentials"):
            return given
        found = self._open_session().get_credentials()
        if found is None:
            raise MissingAPIKeyError(
                f"ChatBedrock needs a key or credentials: set {KEY_VARIABLE} (or pass api_key=...),"
                " or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, log in with `aws sso login`,"
                " or pass aws_profile=... or credentials=..."
            )
        return found

    def _open_session(self) -> Any:
        if self._session is None:
            given = self._given
            if given is None:
                import botocore.session

                self._session = botocore.session.Session(profile=self._profile)
            elif hasattr(given, "get_credentials"):
                self._session = given
            else:
                raise InvalidParameterError(
                    f"credentials is a dict with {', '.join(_NAMES)}, credentials of botocore, or a"
                    f" session of boto3 or botocore; got {type(given).__name__}."
                )
        return self._session

    def _region_of_profile(self) -> str | None:
        if self._given is not None and not hasattr(self._given, "get_credentials"):
            return None
        with self._lock, _explained():
            session = self._open_session()
            read = getattr(session, "get_config_variable", None)
            found = read("region") if read else getattr(session, "region_name", None)
            return str(found) if found else None


def _from_dict(given: Mapping[str, Any]) -> Any:
    from botocore.credentials import Credentials

    unknown = sorted(given.keys() - set(_NAMES))
    key, secret, token = map(given.get, _NAMES)
    if unknown or not (key and secret):
        missing = [name for name in _NAMES[:2] if not given.get(name)]
        wrong = f"unknown: {', '.join(unknown)}" if unknown else f"missing: {', '.join(missing)}"
        raise InvalidParameterError(f"credentials holds {', '.join(_NAMES)}; {wrong}.")
    return Credentials(key, secret, token)


_IN_SETTINGS = frozenset(
    "ConfigNotFound ConfigParseError InvalidConfigError PartialCredentialsError ProfileNotFound"
    " InfiniteLoopConfigError UnknownCredentialError".split()
)
"""Errors of botocore that a change of a setting or a file mends."""


@contextmanager
def _explained() -> Iterator[None]:
    """The errors of botocore as those of chat-core."""
    from botocore import exceptions

    try:
        yield
    except (exceptions.ConnectionError, exceptions.HTTPClientError) as error:
        raise APIConnectionError(
            f"What refreshes the credentials of AWS cannot be reached ({error}).", provider=PROVIDER
        ) from error
    except (exceptions.BotoCoreError, exceptions.ClientError) as error:
        if type(error).__name__ in _IN_SETTINGS:
            raise InvalidParameterError(f"The credentials of AWS: {error}") from error
        raise AuthenticationError(
            f"The credentials of AWS cannot be refreshed: {error} Log in again"
            " (`aws sso login`), or use others.",
            provider=PROVIDER,
            code=type(error).__name__,
        ) from error
    except (ChatError, OSError):
        raise  # of a connection, which the caller explains
    except Exception as error:
        raise AuthenticationError(
            f"The credentials of AWS cannot be read: they raised {type(error).__name__}.",
            provider=PROVIDER,
        ) from error
