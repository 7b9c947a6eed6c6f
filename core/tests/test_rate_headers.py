"""Rate-limit headers: one grammar for every spelling seen, and numbers that are none."""

from __future__ import annotations

import pytest
from chat_core.rate_limits.headers import Quota, read_quotas, read_retry_after, read_seconds

NOW = 1_700_000_000.0  # 2023-11-14T22:13:20Z

SPELLINGS: dict[str, tuple[dict[str, str], list[Quota]]] = {
    "a time until full, in units": (
        {
            "x-ratelimit-limit-requests": "14400",
            "x-ratelimit-remaining-requests": "14398",
            "x-ratelimit-reset-requests": "11.355s",
        },
        [Quota(("requests",), "requests", 14400, 14398, 2 / 11.355)],
    ),
    "a moment, the vendor's name before and the fact after": (
        {
            "acme-ratelimit-input-tokens-limit": "1000",
            "acme-ratelimit-input-tokens-remaining": "400",
            "acme-ratelimit-input-tokens-reset": "2023-11-14T22:13:50Z",
        },
        [Quota(("input", "tokens"), "input", 1000, 400, 20.0)],
    ),
    "a moment measured from the response's own date": (
        {
            "acme-ratelimit-output-tokens-limit": "1000",
            "acme-ratelimit-output-tokens-remaining": "400",
            "acme-ratelimit-output-tokens-reset": "2030-01-01T00:01:00Z",
            "date": "Tue, 01 Jan 2030 00:00:00 GMT",
        },
        [Quota(("output", "tokens"), "output", 1000, 400, 10.0)],
    ),
    "a period in the name": (
        {
            "x-ratelimit-limit-req-minute": "360",
            "x-ratelimit-remaining-req-minute": "359",
            "x-ratelimit-limit-tokens-month": "2592000",
            "x-ratelimit-remaining-tokens-month": "7",
        },
        [
            Quota(("req", "minute"), "requests", 360, 359, 6.0),
            Quota(("tokens", "month"), "tokens", 2592000, 7, 1.0),
        ],
    ),
    "a renewal period, which wins over a reset in units of its own": (
        {
            "x-ratelimit-limit-tokens": "120000",
            "x-ratelimit-remaining-tokens": "119986",
            "x-ratelimit-renewalperiod-tokens": "60",
            "x-ratelimit-reset-tokens": "7",
        },
        [Quota(("tokens",), "tokens", 120000, 119986, 2000.0)],
    ),
    "the draft of the IETF": (
        {"RateLimit-Limit": "100", "RateLimit-Remaining": "0", "RateLimit-Reset": "50"},
        [Quota((), "requests", 100, 0, 2.0)],
    ),
    "no reset at all": (
        {"x-ratelimit-limit-requests": "60", "x-ratelimit-remaining-requests": "60"},
        [Quota(("requests",), "requests", 60, 60, None)],
    ),
}


@pytest.mark.parametrize(("headers", "quotas"), SPELLINGS.values(), ids=SPELLINGS.keys())
def test_each_spelling_that_vendors_use_is_read(
    headers: dict[str, str], quotas: list[Quota]
) -> None:
    read = read_quotas(headers, now=NOW)
    assert [(q.name, q.counts, q.limit, q.remaining) for q in read] == [
        (q.name, q.counts, q.limit, q.remaining) for q in quotas
    ]
    assert [q.rate for q in read] == [pytest.approx(q.rate) for q in quotas]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-ratelimit-limit-audio-seconds-minute": "9", "x-ratelimit-remaining-audio-seconds": "1"},
        {"x-ratelimit-limit-input-images": "9", "x-ratelimit-remaining-input-images": "1"},
        {"x-ratelimit-remaining-requests": "5"},
        {"x-ratelimit-limit-requests": "many", "x-ratelimit-remaining-requests": "some"},
        {"x-ratelimit-limit-requests": "nan", "x-ratelimit-remaining-requests": "inf"},
        {"x-ratelimit-limit-requests": "-1", "x-ratelimit-remaining-requests": "-1"},
        {"x-ratelimit-limit-requests": "0", "x-ratelimit-remaining-requests": "0"},
        {"x-ratelimit-key": "some-model", "x-ratelimit-abusepenalty-active": "False"},
    ],
)
def test_what_is_no_limit_on_requests_or_tokens_is_passed_over(headers: dict[str, str]) -> None:
    assert read_quotas(headers, now=NOW) == []


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0s", 0.0),
        ("20ms", 0.02),
        ("1m26.4s", 86.4),
        ("6m0s", 360.0),
        ("1h0m1s", 3601.0),
        ("59.7", 59.7),
        ("2023-11-14T22:14:20Z", 60.0),
        ("2023-11-14T22:14:20", 60.0),
        ("2023-11-14T21:13:20Z", 0.0),
        (str(NOW + 30), 30.0),
        (str(int((NOW + 30) * 1000)), 30.0),
        ("Tue, 14 Nov 2023 22:13:25 GMT", 5.0),
        ("", None),
        ("soon", None),
        ("5 apples", None),
        ("-3", None),
        ("1e400", None),
    ],
)
def test_a_time_is_read_in_every_form_that_vendors_send(text: str, seconds: float | None) -> None:
    read = read_seconds(text, now=NOW)
    assert read == (None if seconds is None else pytest.approx(seconds, abs=1e-3))


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after": "9", "retry-after-ms": "250"}, 0.25),
        (
            {
                "retry-after": "Tue, 14 Nov 2023 22:13:25 GMT",
                "date": "Tue, 14 Nov 2023 22:13:20 GMT",
            },
            5.0,
        ),
        (
            {
                "retry-after": "Tue, 14 Nov 2023 22:13:20 GMT",
                "date": "Tue, 14 Nov 2023 22:13:25 GMT",
            },
            0.0,
        ),
        ({"retry-after": "Tue, 14 Nov 2023 22:13:25 GMT"}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "a while"}, None),
        ({}, None),
    ],
)
def test_retry_after_is_seconds_milliseconds_or_a_date_and_never_negative(
    headers: dict[str, str], seconds: float | None
) -> None:
    assert read_retry_after(headers) == seconds
