"""Certificates and servers with TLS on loopback, for tests of what a failed handshake is."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

__all__ = ["Authority", "TLSServer", "plain_server", "self_signed", "tls_server"]

DAY = timedelta(days=1)


class Authority:
    """A certificate authority that no operating system trusts; ``file`` holds its certificate."""

    def __init__(self, folder: Path, name: str = "authority") -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _common_name(name)
        made = _builder(self._name, self._name, self._key, days=1).add_extension(
            x509.BasicConstraints(ca=True, path_length=0), critical=True
        )
        self.file = folder / f"{name}.pem"
        self.file.write_bytes(made.sign(self._key, hashes.SHA256()).public_bytes(Encoding.PEM))

    def issue(self, host: str, days: int = 1) -> Path:
        """A file with a certificate for ``host`` and its key; expired if ``days`` is negative."""
        key = ec.generate_private_key(ec.SECP256R1())
        made = (
            _builder(_common_name(host), self._name, key, days)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()),
                critical=False,
            )
            .sign(self._key, hashes.SHA256())
        )
        file = self._folder / f"{host} {days}.pem"
        file.write_bytes(made.public_bytes(Encoding.PEM) + _private(key))
        return file


def self_signed(folder: Path, host: str) -> Path:
    """A file with a certificate for ``host`` that is its own issuer, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _common_name(host)
    made = (
        _builder(name, name, key, days=1)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / "self-signed.pem"
    file.write_bytes(made.public_bytes(Encoding.PEM) + _private(key))
    return file


def _common_name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, days: int
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return x509.CertificateBuilder(
        issuer_name=issuer,
        subject_name=subject,
        public_key=key.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=now - 30 * DAY,
        not_valid_after=now + days * DAY,
    ).add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@dataclass
class TLSServer:
    """A server that answers every request with ``body``, if the handshake succeeds."""

    port: int
    body: bytes
    connections: int = field(default=0)

    @property
    def url(self) -> str:
        """Its address, by name."""
        return f"https://localhost:{self.port}"

    def serve(self, listener: socket.socket, context: ssl.SSLContext | None) -> None:
        """Accept connections until ``listener`` is closed."""
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            self.connections += 1
            if context is None:
                connection.recv(65536)
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
                connection.close()
            else:
                Thread(target=self._answer, args=(connection, context), daemon=True).start()

    def _answer(self, plain: socket.socket, context: ssl.SSLContext) -> None:
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
        length = b"Content-Length: %d\r\n\r\n" % len(self.body)
        # A copy of the socket, because a handshake that fails closes it, unread bytes and all: the
        # other side could meet a reset before it reads why.
        with plain.dup() as rest, plain:
            try:
                with context.wrap_socket(plain, server_side=True) as connection:
                    _read_request(connection)
                    connection.sendall(head + length + self.body)
            except OSError:
                with suppress(OSError):
                    rest.shutdown(socket.SHUT_WR)
                    while rest.recv(65536):
                        pass


def _read_request(connection: socket.socket) -> None:
    """Read a request to its end: a connection that is closed with bytes unread is reset."""
    length = 0
    with connection.makefile("rb") as lines:
        while line := lines.readline().strip():
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        lines.read(length)


@contextmanager
def tls_server(
    certificate: Path, body: bytes = b"{}", *, clients_of: Path | None = None
) -> Iterator[TLSServer]:
    """A server with ``certificate``; with ``clients_of`` it asks for one of that authority's."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    if clients_of is not None:
        context.load_verify_locations(clients_of)
        context.verify_mode = ssl.CERT_REQUIRED
    with _listening(context, body) as server:
        yield server


@contextmanager
def plain_server() -> Iterator[TLSServer]:
    """A server that speaks HTTP without TLS."""
    with _listening(None, b"") as server:
        yield server


@contextmanager
def _listening(context: ssl.SSLContext | None, body: bytes) -> Iterator[TLSServer]:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        server = TLSServer(listener.getsockname()[1], body)
        Thread(target=server.serve, args=(listener, context), daemon=True).start()
        yield server
        listener.shutdown(socket.SHUT_RDWR)
