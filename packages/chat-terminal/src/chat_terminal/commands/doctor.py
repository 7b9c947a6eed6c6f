"""``chat doctor``: what stands between you and the first token, in plain words."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import typer

from ..exit_codes import ExitCode
from ..failures import describe, one_line
from .parameters import Model, Options

if TYPE_CHECKING:
    from chat_core import ChatModel, Provider
    from chat_core.provider import WireModel

__all__ = ["EXAMPLES", "doctor"]

EXAMPLES = """\b
Examples:
  chat doctor offline:demo
  chat doctor groq:llama-3.3-70b-versatile
"""

_QUESTION = "Answer with one word: ready."


@dataclass(frozen=True)
class Finding:
    """One line of the report; ``code`` is the exit code that it stands for."""

    what: str
    words: str
    code: ExitCode = ExitCode.OK


def doctor(
    model: Model,
    option: Options = None,
) -> None:
    """Find out what keeps MODEL from answering.

    Package, key, address, proxy, certificate and first token are checked; one short question
    is sent. The exit code is that of the first check that fails.
    """
    code = ExitCode.OK
    for finding in examine(model, option or []):
        mark = "ok  " if finding.code is ExitCode.OK else "FAIL"
        typer.echo(f"{mark}  {finding.what:<12} {one_line(finding.words)}")
        code = code or finding.code
    raise typer.Exit(code)


def examine(name: str, options: list[str]) -> Iterator[Finding]:
    """The findings of all checks, in order; what depends on a failed check is left out."""
    from chat_core import ChatError
    from chat_core.provider import WireModel

    from ..failures import TerminalError
    from ..model_choice import choose_model, find_provider, model_id

    try:
        model = choose_model(name, options)
    except (ChatError, TerminalError) as error:
        yield _failed("model", error)
        return
    provider = find_provider(model_id(name))
    assert provider is not None  # the model is of it
    yield Finding("package", f"{provider.package} {_version(provider)}")
    yield Finding("model", f"{provider.name}:{model.model}")
    if isinstance(model, WireModel):
        key = _key(model, provider)
        yield key
        connected = True
        for finding in _connection(model, has_key=not key.code):
            yield finding
            connected = connected and not finding.code
        if key.code or not connected:
            return
    yield _first_token(model)


def _version(provider: Provider) -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(provider.package)
    except PackageNotFoundError:
        return "(not installed under this name)"


def _key(model: WireModel, provider: Provider) -> Finding:
    """Whether a key is there and from where; the key itself is not shown."""
    from ..key_store import environment_key
    from ..model_choice import stored_key

    variable = environment_key(provider)
    names = provider.key_variables
    if model.api_key is not None:
        stored = stored_key(provider)
        return Finding("key", "from the keyring" if stored else "from the option api_key")
    if variable:
        return Finding("key", f"from the environment: {variable}")
    if not names:
        return Finding("key", "none is looked for in the environment; option api_key gives one")
    return Finding(
        "key",
        f"none: set {' or '.join(names)}, or keep it with: chat keys set {provider.name}",
        ExitCode.KEY,
    )


def _connection(model: WireModel, *, has_key: bool) -> Iterator[Finding]:
    from chat_core import ChatError

    from ..connection_facts import address_of, contact, proxy_of, trust_of

    try:
        url = address_of(model if has_key else model.bind(api_key="no-key"))
    except ChatError as error:
        yield _failed("address", error)
        return
    yield Finding("address", f"{url} ({_address_source(model)})")
    proxy, setting = proxy_of(model, url)
    yield Finding("proxy", f"{proxy} ({setting})" if proxy else f"none{setting and f': {setting}'}")
    is_https = url.startswith("https:")
    trust = trust_of(model) if is_https else "none: http is not encrypted"
    try:
        peer = contact(model, url)
    except Exception as error:  # noqa: BLE001 - of the HTTP library, of TLS, of the system
        yield _unreachable(error, proxy or urlsplit(url).netloc, trust)
        return
    yield Finding("connection", f"answered over {peer.protocol}")
    if peer.issuer:
        trust = f"issued by {peer.issuer}, valid until {peer.expires}; {trust}"
    yield Finding("certificate", trust)


def _address_source(model: WireModel) -> str:
    """The setting that the address comes from."""
    if model.base_url:
        return "option base_url"
    names: tuple[str, ...] = getattr(type(model), "base_url_env", ())
    return next((name for name in names if os.environ.get(name)), "default or environment")


def _unreachable(error: Exception, host: str, trust: str) -> Finding:
    from ssl import SSLCertVerificationError

    from ..connection_words import why_no_answer

    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, SSLCertVerificationError):
            words = f"refused: {cause.verify_message}; {trust}"
            return Finding("certificate", words, ExitCode.CONNECTION)
        cause = cause.__cause__ or cause.__context__
    return Finding("connection", why_no_answer(error, host, trust), ExitCode.CONNECTION)


def _first_token(model: ChatModel) -> Finding:
    from chat_core import ChatError

    started = time.monotonic()
    try:
        with model.bind(max_retries=0).stream(_QUESTION) as stream:
            for chunk in stream:
                if chunk.content or chunk.reasoning:
                    break
    except ChatError as error:
        return _failed("first token", error)
    return Finding("first token", f"after {time.monotonic() - started:.2f} s")


def _failed(what: str, error: Exception) -> Finding:
    words, code = describe(error)
    return Finding(what, words, code)
