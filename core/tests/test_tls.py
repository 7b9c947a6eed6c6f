"""The TLS context of a model without ``verify=``: whose certificates it trusts."""

from __future__ import annotations

import builtins
import ssl
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import certifi
import httpx
import httpx2
import pytest
from chat_core.wire import tls
from chat_core.wire.tls import tls_context

libraries = pytest.mark.parametrize("library", [httpx, httpx2], ids=["httpx", "httpx2"])


class Paths(NamedTuple):
    cafile: str | None = None
    capath: str | None = None


@pytest.fixture(autouse=True)
def anew(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No context is shared with other tests, and no variable names certificates."""
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
    tls._shared.cache_clear()
    yield
    tls._shared.cache_clear()


def one_authority(folder: Path) -> Path:
    """A file with the first certificate of certifi's bundle."""
    end = "-----END CERTIFICATE-----\n"
    bundle = Path(certifi.where()).read_text(encoding="utf-8")
    file = folder / "system.pem"
    file.write_text(bundle[: bundle.index(end)] + end, encoding="utf-8")
    return file


def test_httpx_trusts_what_the_operating_system_trusts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = one_authority(tmp_path)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: Paths(str(file)))
    context = tls_context(httpx)
    assert len(context.get_ca_certs()) == 1
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname


@pytest.mark.parametrize("platform", ["darwin", "win32", "linux"])
def test_truststore_finds_them_where_openssl_does_not(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, platform: str
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: Paths(None, str(tmp_path)))
    assert type(tls_context(httpx)).__module__.startswith("truststore")


def test_without_either_those_of_the_library_are_trusted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    real = builtins.__import__

    def without_truststore(name: str, *args: Any, **kwargs: Any) -> ModuleType:
        if name == "truststore":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(ssl, "get_default_verify_paths", Paths)
    monkeypatch.setattr(builtins, "__import__", without_truststore)
    assert len(tls_context(httpx).get_ca_certs()) > 100


@libraries
def test_a_file_of_the_environment_is_trusted_instead(
    library: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(one_authority(tmp_path)))
    assert len(tls_context(library).get_ca_certs()) == 1
