"""The forms of an address: what a user writes, and where requests go."""

from __future__ import annotations

import pytest
from chat_core import InvalidParameterError
from chat_ollama import ChatOllama
from chat_ollama.host import read_host
from ollama._client import _parse_host

AS_THE_CLIENT = [
    *("tank", "tank:81", "tank/", "tank:81/", "tank:81/pond", "tank/pond/", ":81", "10.0.0.7"),
    *("https://tank:81", "https://tank:81/pond", "http://10.0.0.7:81"),
    *("[2001:db8::7]", "[2001:db8::7]:81", "[2001:db8::7]:81/pond/", "https://[2001:db8::7]:81"),
]


@pytest.mark.parametrize("given", AS_THE_CLIENT)
def test_an_address_is_read_as_ollamas_client_reads_it(given: str) -> None:
    assert read_host(given) == _parse_host(given)


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("", "http://127.0.0.1:11434"),
        ("0.0.0.0", "http://127.0.0.1:11434"),
        ("0.0.0.0:81", "http://127.0.0.1:81"),
        ("http://0.0.0.0:81", "http://127.0.0.1:81"),
        ("[::]:81", "http://[::1]:81"),
        ("::1", "http://[::1]:11434"),
        ("  'tank:81' ", "http://tank:81"),
        ('"tank"', "http://tank:11434"),
        ("http://tank", "http://tank"),
        ("https://tank/pond/", "https://tank/pond"),
        ("ollama.com", "https://ollama.com"),
        ("tank:81/pond?team=7", "http://tank:81/pond?team=7"),
    ],
)
def test_other_forms_have_one_meaning(given: str, address: str) -> None:
    assert read_host(given) == address


@pytest.mark.parametrize(
    "given", ["tank:none", "tank:70000", "ftp://tank", "http://", "https://", "me:pass@tank"]
)
def test_an_address_that_cannot_be_reached_is_refused_where_it_is_given(
    given: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(InvalidParameterError, match="base_url"):
        ChatOllama(model="m", base_url=given)
    monkeypatch.setenv("OLLAMA_HOST", given)
    with pytest.raises(InvalidParameterError, match="OLLAMA_HOST"):
        ChatOllama(model="m").invoke("Hi")


def test_the_setting_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLLAMA_HOST", "of-the-environment:81")
    assert ChatOllama(model="m", base_url="mine").address_source() == (
        "base_url=",
        "http://mine:11434",
    )
    assert ChatOllama(model="m").address_source()[1] == "http://of-the-environment:81"
    monkeypatch.delenv("OLLAMA_HOST")
    assert ChatOllama(model="m").address_source()[1] == "http://127.0.0.1:11434"
