"""Where a model's requests go, through which proxy, and whose certificate answers there."""

from __future__ import annotations

import os
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from chat_core.provider import reveal

if TYPE_CHECKING:
    from chat_core.provider import WireModel

__all__ = ["Peer", "address_of", "contact", "proxy_of", "trust_of"]

_SECONDS = 15.0


@dataclass(frozen=True)
class Peer:
    """Who answered: the HTTP version, and of a certificate its issuer and last day."""

    protocol: str
    issuer: str | None
    expires: str | None


def http_library() -> ModuleType:
    """``httpx2`` or ``httpx``, whichever the models use."""
    return import_module("httpx2" if find_spec("httpx2") else "httpx")


def address_of(model: WireModel) -> str:
    """The URL that a request of ``model`` goes to, without its query; nothing is sent.

    Raises ``ChatError`` for settings that no request can be made with.
    """
    from chat_core import APIConnectionError

    library = http_library()
    seen: list[str] = []

    def keep(request: Any) -> Any:
        seen.append(str(request.url))
        raise library.ConnectError("Nothing is sent.", request=request)

    client = library.Client(transport=library.MockTransport(keep))
    # What a client of our own would make meaningless is set back.
    probe = model.bind(
        http_client=client,
        proxy=None,
        verify=True,
        cert=None,
        http2=False,
        http_engine="httpx",
        max_retries=0,
    )
    try:
        probe.invoke("address")
    except APIConnectionError:
        if not seen:
            raise
    finally:
        client.close()
    return seen[0].partition("?")[0]


def proxy_of(model: WireModel, url: str) -> tuple[str | None, str]:
    """Host and port of the proxy for ``url`` and the setting that it comes from.

    Without a proxy the first is ``None`` and the second says why, if a setting does.
    """
    if model.proxy is not None:
        return _host_of(reveal(model.proxy)), "option proxy"
    scheme, host = urlsplit(url).scheme, urlsplit(url).hostname or ""
    proxies = getproxies()
    for name in (scheme, "all"):
        if proxies.get(name):
            if proxy_bypass(host):
                return None, f"{_variable('no')} excepts {host} from {_variable(name)}"
            return _host_of(proxies[name]), _variable(name)
    return None, ""


def trust_of(model: WireModel) -> str:
    """Which certificates are trusted, and the setting that says so."""
    if model.verify is False:
        return "any certificate is accepted (option verify=false)"
    if isinstance(model.verify, str):
        return f"trusted are those in {model.verify} (option verify)"
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        if os.environ.get(name):
            return f"trusted are those in {os.environ[name]} ({name})"
    return f"trusted are those that {http_library().__name__} comes with"


def contact(model: WireModel, url: str) -> Peer:
    """Ask the host of ``url`` for its root, without a key, as the model's connection would.

    Raises an exception of the HTTP library where no answer comes.
    """
    library = http_library()
    proxy = None if model.proxy is None else reveal(model.proxy)
    parts = urlsplit(url)
    with (
        library.Client(
            verify=model.verify, cert=model.cert, proxy=proxy, timeout=_SECONDS
        ) as client,
        client.stream("GET", f"{parts.scheme}://{parts.netloc}/") as response,
    ):
        stream = response.extensions.get("network_stream")
        tls = stream.get_extra_info("ssl_object") if stream is not None else None
        certificate = (tls.getpeercert() or {}) if tls is not None else {}
        return Peer(response.http_version, _issuer(certificate), certificate.get("notAfter"))


def _issuer(certificate: dict[str, Any]) -> str | None:
    names = {key: value for part in certificate.get("issuer", ()) for key, value in part}
    return names.get("organizationName") or names.get("commonName")


def _variable(kind: str) -> str:
    """The variable that is set: ``https_proxy`` in lower or upper case."""
    name = f"{kind}_proxy"
    return name if os.environ.get(name) else name.upper()


def _host_of(proxy: str) -> str:
    """Host and port of a proxy's URL, without a user's name and password."""
    return urlsplit(proxy).netloc.rpartition("@")[2] or proxy.rpartition("@")[2]
