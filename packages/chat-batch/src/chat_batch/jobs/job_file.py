"""The file that keeps a job: JSON with a version, and no secret in it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from chat_core import ChatModel, InvalidParameterError, get_chat_model
from chat_core.provider import BatchJobs, WireModel, connection_settings

from ..errors import OutputError

__all__ = ["check_job", "read_job", "reopened", "write_job"]

_KIND = "chat-batch job"
_VERSION = 1
_ADDRESSES = ("base_url", "azure_endpoint")
_PLACES = (
    *("api_version", "azure_deployment", "location", "organization", "profile", "project"),
    "region",
)
"""Settings of a connection that say where a job is, and are no secret."""


def write_job(
    path: str | os.PathLike[str], model: WireModel, job: Mapping[str, Any], ids: list[Any]
) -> None:
    """Write a job to ``path``, whole or not at all. Raises ``OutputError``."""
    target = _path(path)
    value = {
        "kind": _KIND,
        "version": _VERSION,
        "model": f"{model.provider}:{model.model}",
        "settings": _settings(model),
        "job": dict(job),
        "ids": ids,
    }
    new = target.with_name(f".{target.name}.{os.getpid()}.new")
    try:
        with new.open("w", encoding="utf-8") as file:
            json.dump(value, file)
            file.flush()
            os.fsync(file.fileno())
        new.replace(target)
    except OSError as error:
        new.unlink(missing_ok=True)
        raise OutputError(
            f"The job cannot be written to {target}: {error.strerror or error}. Its id is"
            f" {job.get('id') or job.get('name')!r}."
        ) from error


def read_job(path: str | os.PathLike[str]) -> dict[str, Any]:
    """What ``write_job`` has written. Raises ``InvalidParameterError`` for any other file."""
    try:
        text = _path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidParameterError(f"{path} cannot be read: {error}.") from error
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidParameterError(
            f"{path} is cut short, or no file of a batch job: {error}."
        ) from error
    if not isinstance(value, dict) or value.get("kind") != _KIND:
        raise InvalidParameterError(f"{path} is no file of a batch job.")
    if value.get("version") != _VERSION:
        raise InvalidParameterError(
            f"{path} is of version {value.get('version')!r}; this chat-batch reads version"
            f" {_VERSION}. Read it with the chat-batch that wrote it."
        )
    wanted = {"model": str, "settings": dict, "job": dict, "ids": list}
    for name, kind in wanted.items():
        if not isinstance(value.get(name), kind):
            raise InvalidParameterError(f"{path} has no {name!r}; it was changed by hand.")
    ids = value["ids"]
    are_ids = all(isinstance(each, str | int) and not isinstance(each, bool) for each in ids)
    if not ids or not are_ids or len(set(map(str, ids))) < len(ids):
        raise InvalidParameterError(
            f"{path}: its 'ids' are not those of rows, each once; it was changed by hand."
        )
    return value


def check_job(path: str | os.PathLike[str], jobs: BatchJobs, job: dict[str, Any]) -> None:
    """Raise ``InvalidParameterError`` for a job that the vendor could not be asked for."""
    steps = jobs.status(job)
    try:
        if not (job.get("id") or job.get("name")):
            raise LookupError("no id")
        next(steps)  # makes the first request and sends nothing
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise InvalidParameterError(
            f"{path}: its 'job' does not name a job ({type(error).__name__}: {error}); it was"
            " changed by hand."
        ) from error
    finally:
        steps.close()


def reopened(path: str | os.PathLike[str], value: Mapping[str, Any], model: object) -> WireModel:
    """The model of a job; ``model`` if that is given, else one made of the file.

    Raises ``InvalidParameterError`` for another model than the job's.
    """
    if model is None:
        model = get_chat_model(value["model"], **value["settings"])
    if not isinstance(model, WireModel):
        raise InvalidParameterError(f"model is a chat model of a vendor; got {model!r:.60}.")
    name = f"{model.provider}:{model.model}"
    if name != value["model"]:
        raise InvalidParameterError(
            f"{path} is a job of {value['model']!r}; the model given is {name!r}."
        )
    return model


def _path(path: object) -> Path:
    """``path`` as one. Raises ``InvalidParameterError`` for what is no path."""
    if not isinstance(path, str | os.PathLike):
        raise InvalidParameterError(f"The file of a job is a path; got {path!r:.60}.")
    return Path(path)


def _settings(model: ChatModel) -> dict[str, Any]:
    """The settings that a model is made of again: plain values, and no secret."""
    fields = type(model).model_fields
    left_out = connection_settings(type(model)) - {*_ADDRESSES, *_PLACES}
    kept = {}
    for name in model.model_fields_set - left_out - {"model"}:
        value = getattr(model, name)
        field = fields[name]
        is_secret = field.exclude or field.repr is False or "Secret" in repr(field.annotation)
        if not is_secret and isinstance(value, str | int | float):
            kept[name] = value
    for name in _ADDRESSES:
        if "?" in str(kept.get(name, "")):  # its query may hold a key
            del kept[name]
    return kept
