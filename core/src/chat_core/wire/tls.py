"""TLS contexts. That of the environment is shared: making one takes longer than a request."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from ..errors import InvalidParameterError

if TYPE_CHECKING:
    import ssl

__all__ = ["tls_context"]


def tls_context(
    library: ModuleType,
    verify: bool | str | ssl.SSLContext = True,
    cert: str | tuple[str, ...] | None = None,
    *,
    http2: bool = False,
) -> ssl.SSLContext:
    """The TLS context for these settings; see ``HTTPOptions``.

    Connections write into a context which protocols they offer, so those that offer HTTP/2 have one
    of their own.

    By default that of ``library`` for the environment's ``SSL_CERT_FILE`` and ``SSL_CERT_DIR``,
    which are read at each call. Raises ``InvalidParameterError`` for files that cannot be used.
    """
    if verify is True and cert is None:
        return _of_environment(library, http2)
    try:
        context = _verifying(library, verify)
    except OSError as error:
        raise InvalidParameterError(f"verify: {verify!r} cannot be used: {error}.") from error
    if cert is not None:
        try:
            context.load_cert_chain(*([cert] if isinstance(cert, str) else cert))
        except OSError as error:
            name = cert if isinstance(cert, str) else cert[0]
            raise InvalidParameterError(f"cert: {name!r} cannot be used: {error}.") from error
    return context


def _of_environment(library: ModuleType, http2: bool) -> ssl.SSLContext:
    file, folder = (os.environ.get(name) for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"))
    try:
        return _shared(library, file, folder, http2)
    except OSError as error:
        given = [f"SSL_CERT_FILE={file}"] * bool(file) + [f"SSL_CERT_DIR={folder}"] * bool(folder)
        raise InvalidParameterError(
            f"The trusted certificates cannot be read ({', '.join(given)}): {error}."
        ) from error


@cache
def _shared(
    library: ModuleType, file: str | None, folder: str | None, _http2: bool
) -> ssl.SSLContext:
    context: ssl.SSLContext = library.create_ssl_context()
    return context


def _verifying(library: ModuleType, verify: bool | str | ssl.SSLContext) -> ssl.SSLContext:
    import ssl

    if isinstance(verify, ssl.SSLContext):
        return verify
    if isinstance(verify, bool):
        context: ssl.SSLContext = library.create_ssl_context(verify=verify)
        return context
    if Path(verify).is_dir():
        return ssl.create_default_context(capath=verify)
    return ssl.create_default_context(cafile=verify)
