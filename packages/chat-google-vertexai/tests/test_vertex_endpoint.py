"""Hosts by location, paths by project, resources by model name."""

from __future__ import annotations

import pytest
from chat_core import InvalidParameterError
from chat_google_vertexai.endpoint import check_location, host, location_of, path, resource


@pytest.mark.parametrize(
    ("location", "url"),
    [
        ("global", "https://aiplatform.googleapis.com"),
        ("us", "https://aiplatform.us.rep.googleapis.com"),
        ("eu", "https://aiplatform.eu.rep.googleapis.com"),
        ("europe-west4", "https://europe-west4-aiplatform.googleapis.com"),
        ("northamerica-northeast1", "https://northamerica-northeast1-aiplatform.googleapis.com"),
    ],
)
def test_the_host_follows_from_the_location(location: str, url: str) -> None:
    assert host(check_location(location)) == url


@pytest.mark.parametrize(
    "location", ["", "US-Central1", "us central1", "us-central1-a", "evil.org/", "us-central1\n"]
)
def test_what_is_no_location_is_named_before_any_request(location: str) -> None:
    with pytest.raises(InvalidParameterError, match=r"location=.*us-central1"):
        check_location(location)


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("gemini-2.5-flash", "publishers/google/models/gemini-2.5-flash"),
        ("meta/llama-4", "publishers/meta/models/llama-4"),
        ("publishers/x/models/y", "publishers/x/models/y"),
        ("endpoints/12", "endpoints/12"),
        ("projects/p/locations/l/endpoints/1", "projects/p/locations/l/endpoints/1"),
    ],
)
def test_a_model_is_a_resource(model: str, name: str) -> None:
    assert resource(model) == name


def test_a_resource_lies_in_a_project_unless_it_names_one_itself() -> None:
    assert path("endpoints/1", "p", "eu") == "projects/p/locations/eu/endpoints/1"
    named = "projects/q/locations/us-east5/endpoints/1"
    assert path(named, "p", "eu") == named
    assert location_of(named) == "us-east5"
    assert location_of("publishers/google/models/x") is None


@pytest.mark.parametrize("project", ["My Project", "a/b", "", ".", ".."])
def test_what_is_no_project_id_is_named(project: str) -> None:
    with pytest.raises(InvalidParameterError, match="project="):
        path("endpoints/1", project, "eu")


@pytest.mark.parametrize(
    "model",
    [
        "",
        "..",
        "x/../y",
        "meta/a/b",
        "publishers/../x",
        "projects/p/locations/eu/endpoints/1?key=x",
        "endpoints/1#x",
        "endpoints/%2e%2e",
        "endpoints//1",
    ],
)
def test_a_model_that_would_change_the_path_is_refused_by_name(model: str) -> None:
    with pytest.raises(InvalidParameterError, match="model="):
        resource(model)
