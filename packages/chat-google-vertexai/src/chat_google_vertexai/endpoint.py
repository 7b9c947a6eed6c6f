"""The address of a model on Vertex AI: host by location, path by project; pure.

location       host
global         aiplatform.googleapis.com (express mode too)
us, eu         aiplatform.us.rep.googleapis.com
europe-west4   europe-west4-aiplatform.googleapis.com
"""

from __future__ import annotations

import re

from chat_core import InvalidParameterError
from chat_google_genai.resource_names import check_segment, check_segments

__all__ = ["check_location", "host", "location_of", "path", "profile_names", "resource"]

_MULTI_REGIONS = frozenset({"us", "eu"})
_LOCATION = re.compile(r"global|us|eu|[a-z]+(-[a-z]+)+\d*")
_PROJECT = re.compile(r"[a-z0-9][a-z0-9.:-]*")


def check_location(location: str) -> str:
    """Return ``location``. Raises ``InvalidParameterError`` for what cannot be a location."""
    if not _LOCATION.fullmatch(location):
        raise InvalidParameterError(
            f"location={location!r} is no location of Vertex AI. Use 'global', 'us', 'eu' or a"
            " region such as 'us-central1' (a region, not a zone such as 'us-central1-a')."
        )
    return location


def location_of(resource: str) -> str | None:
    """Return the location that a whole resource name holds."""
    found = re.match(r"projects/[^/]+/locations/([^/]+)/", resource)
    return found[1] if found else None


def host(location: str) -> str:
    """Return the base URL without a path."""
    if location == "global":
        return "https://aiplatform.googleapis.com"
    if location in _MULTI_REGIONS:
        return f"https://aiplatform.{location}.rep.googleapis.com"
    return f"https://{location}-aiplatform.googleapis.com"


def resource(model: str) -> str:
    """Return a model's name as a resource: Google's own unless a publisher or a path is given.

    Raises ``InvalidParameterError`` for a name that would change the path.
    """
    check_segments(model, setting="model")
    if model.startswith(("projects/", "publishers/", "models/", "endpoints/")):
        return model
    publisher, slash, name = model.partition("/")
    if not slash:
        return f"publishers/google/models/{model}"
    return f"publishers/{publisher}/models/{check_segment(name, setting='model')}"


def path(resource: str, project: str, location: str) -> str:
    """Return the path of a resource. Raises ``InvalidParameterError`` for an impossible project."""
    if resource.startswith("projects/"):
        return resource
    if not _PROJECT.fullmatch(project):
        raise InvalidParameterError(
            f"project={project!r} is no id of a Google Cloud project (lower-case letters, digits"
            " and hyphens); it is not the project's display name."
        )
    return f"projects/{project}/locations/{location}/{resource}"


def profile_names(resource: str) -> tuple[str, ...]:
    """What lists of models call the model of ``resource``, with and without its version.

    A publisher other than Google stands before the name. An endpoint or a tuned model has no name.
    """
    _, mark, path = resource.rpartition("publishers/")
    publisher, _, name = path.partition("/models/")
    if not mark or not name:
        return ()
    plain = name.partition("@")[0]
    listed = (name, f"{name}@default", plain, f"{plain}@default")
    return listed if publisher == "google" else (f"{publisher}/{name}", *listed)
