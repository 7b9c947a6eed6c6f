"""TLS contexts. That of the environment is shared: making one takes longer than a request.

By default the certificates are trusted that the operating system trusts, whichever HTTP library
sends. httpx2 makes such a context itself; httpx would trust the bundle of certifi.
"""

from __future__ import annotations

import os
import sys
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

    By default it trusts the environment's ``SSL_CERT_FILE`` and ``SSL_CERT_DIR``, which are read at
    each call, else what the operating system trusts. Raises ``InvalidParameterError`` for
    files that cannot be used.
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
    if library.__name__ == "httpx2" or file or folder:
        context: ssl.SSLContext = library.create_ssl_context()
        return context
    return _of_system(library)


def _of_system(library: ModuleType) -> ssl.SSLContext:
    """A context for what the operating system trusts: its files, or its API by truststore.

    Where neither is to be had, that of ``library``.
    """
    import ssl

    paths = ssl.get_default_verify_paths()
    if sys.platform not in ("darwin", "win32") and (paths.cafile or _has_hashes(paths.capath)):
        return ssl.create_default_context(cafile=paths.cafile, capath=paths.capath)
    try:
        from truststore import SSLContext
    except ImportError:
        context: ssl.SSLContext = library.create_ssl_context()
        return context
    return SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _has_hashes(folder: str | None) -> bool:
    """Whether ``folder`` has certificates under the names that OpenSSL looks for."""
    return folder is not None and any(Path(folder).glob("????????.[0-9]"))


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
