"""Keys, headers, addresses and proxies that HTTP cannot carry are refused and not shown."""

from __future__ import annotations

import pytest
from chat_conformance.backends import KEY
from chat_conformance.wire_server import WireServer
from chat_core import APIError, InvalidParameterError, get_chat_model

PROVIDERS = [
    "anthropic",
    "bedrock",
    "fireworks",
    "google-genai",
    "groq",
    "mistralai",
    "ollama",
    "openai",
    "openai-compatible",
]

every_provider = pytest.mark.parametrize("provider", PROVIDERS)


def refusal(provider: str, base_url: str | None = None, **settings: object) -> BaseException:
    """What a call that cannot be sent raises; a server sees to it that nothing was."""
    with WireServer() as server:
        given = {"api_key": KEY, "base_url": base_url or server.url, "max_retries": 0, **settings}
        with (
            pytest.raises(InvalidParameterError) as caught,
            get_chat_model(f"{provider}:any", **given) as model,
        ):
            model.invoke("Hi")
        assert not server.requests
    return caught.value


def chain_of(error: BaseException | None) -> str:
    """An error and everything beneath it, as the frankest traceback could print them."""
    shown = ""
    while error is not None:
        shown += f"{error} {error!r} {error.__dict__} "
        error = error.__cause__ or error.__context__
    return shown


@every_provider
@pytest.mark.parametrize("flaw", ["“", "\nx-other: 1", "\x00"])
def test_a_key_that_no_header_carries_is_refused_and_not_shown(provider: str, flaw: str) -> None:
    assert KEY not in chain_of(refusal(provider, api_key=f"{KEY}{flaw}{KEY}"))


@every_provider
@pytest.mark.parametrize("value", [f"{KEY}é", f"{KEY}\r\nx-other: 1"])
def test_a_header_that_http_does_not_carry_is_named_and_not_shown(
    provider: str, value: str
) -> None:
    shown = chain_of(refusal(provider, default_headers={"x-token": value}))
    assert "x-token" in shown
    assert KEY not in shown


@every_provider
def test_the_line_end_of_a_keys_file_is_no_part_of_the_key(provider: str) -> None:
    with WireServer() as server:
        model = get_chat_model(
            f"{provider}:any", api_key=f"{KEY}\n", base_url=server.url, max_retries=0
        )
        with model, pytest.raises(APIError):
            model.invoke("Hi")
        (request,) = server.requests
    assert any(value.endswith(KEY) for value in request.headers.values())


@every_provider
def test_a_proxy_of_no_known_kind_is_refused_as_ours(
    provider: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for exempt in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(exempt, raising=False)
    monkeypatch.setenv("HTTPS_PROXY", "gopher://127.0.0.1:1")
    assert "gopher" in str(refusal(provider))


@every_provider
def test_a_body_too_deep_for_json_is_no_broken_connection(provider: str) -> None:
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    refusal(provider, model_kwargs={"x": deep})


@pytest.mark.parametrize("name", ["organization", "project"])
def test_openais_own_headers_are_refused_likewise(name: str) -> None:
    refusal("openai", **{name: "Café"})


@every_provider
@pytest.mark.parametrize("base_url", ["localhost:1234", "ftp://127.0.0.1", "http://"])
def test_an_address_that_http_cannot_reach_is_refused_by_name(provider: str, base_url: str) -> None:
    if provider == "ollama" and "//" not in base_url:
        pytest.skip("addresses of Ollama need no scheme")
    assert "base_url" in str(refusal(provider, base_url=base_url))
