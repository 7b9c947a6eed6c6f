"""``chat doctor``: each thing that may be wrong is a line that says where it comes from."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from chat_conformance.offline import OfflineServer
from chat_conformance.script import ErrorReply, Reply
from chat_terminal import ExitCode
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from terminal import chat

MODEL = "groq:llama-3.3-70b-versatile"


def findings(output: str) -> dict[str, str]:
    """What the lines say, by what they are about; a line that fails begins with ``FAIL``."""
    lines = [line.split(None, 1) for line in output.splitlines()]
    pairs = [(mark, rest[:12].strip(), rest[12:].strip()) for mark, rest in lines]
    return {what: words if mark == "ok" else f"FAIL {words}" for mark, what, words in pairs}


def test_all_is_well(server: OfflineServer, env: dict[str, str]) -> None:
    server.answer_always(Reply("ready"))
    done = chat("doctor", MODEL, env=env)
    found = findings(done.stdout)
    assert done.returncode == 0
    assert list(found) == [
        "package", "model", "key", "address", "proxy", "connection", "certificate", "first token",
    ]  # fmt: skip
    assert found["package"].startswith("chat-groq ")
    assert found["key"] == "from the environment: GROQ_API_KEY"
    assert found["address"].startswith(f"{server.url}/openai/v1/chat/completions (")
    assert found["certificate"] == "none: http is not encrypted"


def test_a_missing_key_names_the_variable_and_the_rest_is_still_checked(
    server: OfflineServer, env: dict[str, str]
) -> None:
    del env["GROQ_API_KEY"]
    none = env | {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}
    done = chat("doctor", MODEL, env=none)
    found = findings(done.stdout)
    assert done.returncode == ExitCode.KEY
    assert found["key"].startswith("FAIL none: set GROQ_API_KEY")
    assert found["connection"] == "answered over HTTP/1.1"
    assert "first token" not in found


def test_a_key_that_the_vendor_refuses(server: OfflineServer, env: dict[str, str]) -> None:
    server.answer_always(ErrorReply("authentication"))
    done = chat("doctor", MODEL, env=env)
    assert done.returncode == ExitCode.KEY
    assert findings(done.stdout)["first token"].startswith("FAIL ")


def test_an_address_where_nothing_listens(env: dict[str, str]) -> None:
    done = chat("doctor", MODEL, "-o", "base_url=http://127.0.0.1:9", env=env)
    found = findings(done.stdout)
    assert done.returncode == ExitCode.CONNECTION
    assert found["address"].endswith("(option base_url)")
    assert found["connection"].startswith("FAIL nothing listens at 127.0.0.1:9 (ConnectError")


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["-o", "base_url=http://no-such-name.invalid"], "no address is known for no-such-name"),
        (["-o", "base_url=https://localhost:9", "-o", "verify=/no/file.pem"], "/no/file.pem"),
    ],
)
def test_what_keeps_the_server_from_answering_is_a_sentence(
    options: list[str], reason: str, env: dict[str, str]
) -> None:
    done = chat("doctor", MODEL, *options, env=env)
    assert done.returncode == ExitCode.CONNECTION
    assert reason in findings(done.stdout)["connection"]


def test_an_https_address_of_a_server_without_tls(
    server: OfflineServer, env: dict[str, str]
) -> None:
    wrong = server.url.replace("http://", "https://")
    done = chat("doctor", MODEL, "-o", f"base_url={wrong}", env=env)
    assert done.returncode == ExitCode.CONNECTION
    assert "http://?" in findings(done.stdout)["connection"]


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
def test_the_proxy_is_named_with_its_variable_and_without_its_password(
    variable: str, server: OfflineServer, env: dict[str, str]
) -> None:
    proxied = env | {variable: "http://me:secret@127.0.0.1:9"}
    done = chat("doctor", MODEL, env=proxied)
    assert findings(done.stdout)["proxy"] == f"127.0.0.1:9 ({variable})"
    assert done.returncode == ExitCode.CONNECTION
    assert "secret" not in done.stdout + done.stderr


def test_an_exception_from_the_proxy_is_named(server: OfflineServer, env: dict[str, str]) -> None:
    server.answer_always(Reply("ready"))
    proxied = env | {"HTTP_PROXY": "http://127.0.0.1:9", "NO_PROXY": "127.0.0.1"}
    done = chat("doctor", MODEL, env=proxied)
    assert findings(done.stdout)["proxy"] == "none: NO_PROXY excepts 127.0.0.1 from HTTP_PROXY"
    assert done.returncode == 0


def test_a_package_that_is_not_there(env: dict[str, str]) -> None:
    done = chat("doctor", "grok3:x", env=env)
    assert done.returncode == ExitCode.NOT_FOUND
    assert findings(done.stdout)["model"].startswith("FAIL No provider")


@pytest.fixture
def https(tmp_path: Path) -> Iterator[str]:
    """The address of a server with a certificate of its own, in ``own.pem``, that answers 404."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(write_certificate(tmp_path))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=answer_not_found, args=(listener, context), daemon=True)
        thread.start()
        yield f"https://localhost:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def answer_not_found(listener: socket.socket, context: ssl.SSLContext) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        try:
            with context.wrap_socket(connection, server_side=True) as secure:
                secure.recv(65536)
                secure.sendall(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n")
        except OSError:  # the certificate was refused
            connection.close()


def write_certificate(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Tide Tables Ltd")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "own.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return path


def test_a_certificate_that_is_not_trusted_says_why(https: str, env: dict[str, str]) -> None:
    done = chat("doctor", MODEL, "-o", f"base_url={https}", env=env)
    words = findings(done.stdout)["certificate"]
    assert done.returncode == ExitCode.CONNECTION
    assert words.startswith("FAIL refused: self-signed certificate")


@pytest.mark.parametrize("setting", ["SSL_CERT_FILE", "option verify"])
def test_a_trusted_certificate_has_its_issuer_and_the_setting_that_trusts_it(
    setting: str, https: str, env: dict[str, str], tmp_path: Path
) -> None:
    own = str(tmp_path / "own.pem")
    options = [f"base_url={https}"] + [f"verify={own}"] * (setting == "option verify")
    arguments = [part for option in options for part in ("-o", option)]
    trusting = env | ({"SSL_CERT_FILE": own} if setting == "SSL_CERT_FILE" else {})
    done = chat("doctor", MODEL, *arguments, env=trusting)
    found = findings(done.stdout)
    assert found["certificate"].startswith("issued by Tide Tables Ltd, valid until ")
    assert f"({setting})" in found["certificate"]
    assert found["first token"].startswith("FAIL ")  # this server has no models
