"""Errors about addresses: where an address comes from, and what is wrong with it."""

from __future__ import annotations

import pytest
from chat_core.wire.address_hints import GivenAddress, address_hint


@pytest.mark.parametrize(
    ("url", "suffix", "path", "left_out"),
    [
        ("https://a.test/v1", "", "/v1/openai/v1/chat/completions", "/v1"),
        ("https://a.test/openai/v1", "", "/openai/v1/openai/v1/chat/completions", "/openai/v1"),
        ("https://a.test/v1/", "", "/v1/v1/messages", "/v1"),
        ("https://a.test/v1/messages", "", "/v1/messages/v1/messages", "/v1/messages"),
        ("https://a.test/v1beta", "", "/v1beta/v1beta/models/m:generateContent", "/v1beta"),
        ("https://a.test/v1/v1", "/v1", "/v1/v1/chat/completions", "/v1"),
        (
            "https://a.test/v1/chat/completions",
            "/v1",
            "/v1/chat/completions/chat/completions",
            "/chat/completions",
        ),
    ],
)
def test_a_part_that_is_added_twice_is_named(
    url: str, suffix: str, path: str, left_out: str
) -> None:
    hint = address_hint(GivenAddress("base_url=", url, suffix), path)
    assert f"leave out {left_out!r}" in hint
    assert hint.startswith(f"base_url is {url!r}")


def test_a_version_that_is_missing_is_named() -> None:
    address = GivenAddress("ACME_URL of the environment", "https://a.test", "/v1")
    hint = address_hint(address, "/chat/completions")
    assert "ACME_URL of the environment is 'https://a.test'" in hint
    assert "end in '/v1'" in hint


@pytest.mark.parametrize(
    ("url", "suffix", "path"),
    [
        ("https://a.test", "", "/v1/messages"),
        ("https://a.test/gateway", "", "/gateway/openai/v1/chat/completions"),
        ("https://a.test/v1", "/v1", "/v1/chat/completions"),
        ("https://a.test/api/v3", "/v1", "/api/v3/chat/completions"),
        ("https://a.test/openai", "", "/openai/deployments/d/chat/completions"),
    ],
)
def test_an_address_that_can_be_right_gets_no_hint(url: str, suffix: str, path: str) -> None:
    assert address_hint(GivenAddress("base_url=", url, suffix), path) == ""


def test_the_vendors_own_address_gets_no_hint() -> None:
    assert address_hint(GivenAddress(), "/v1/v1/messages") == ""


def test_secrets_in_an_address_are_not_shown() -> None:
    address = GivenAddress("base_url=", "https://a.test/v1?api_key=s3cret")
    assert "s3cret" not in address_hint(address, "/v1/v1/messages")
