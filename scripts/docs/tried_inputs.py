"""Tables of what each integration takes, made by trying: a model of each asks the offline server.

An input that is refused, by the package or by the vendor's rules that the server keeps, is `–`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TypeAlias

from chat_conformance import ChatModelConformance, OfflineServer
from chat_conformance.declared import DECLARED
from chat_core import (
    AudioBlock,
    ChatError,
    ChatModel,
    CodeExecution,
    FileBlock,
    FileSearch,
    HumanMessage,
    ImageBlock,
    MCPServer,
    OutputParserError,
    TextBlock,
    VideoBlock,
    WebFetch,
    WebSearch,
)

Media: TypeAlias = ImageBlock | FileBlock | AudioBlock | VideoBlock

__all__ = ["integration", "media_table", "server_tools_table", "structured_table"]

_DATA = "aGVsbG8gdGhlcmUgbW9vbg=="
_AT = "https://example.org/goldfish"

MEDIA: dict[str, dict[str, tuple[Media, ...]]] = {
    "images": {
        "URL": (ImageBlock(f"{_AT}.png"),),
        "bytes": (ImageBlock(base64=_DATA, mime_type="image/png"),),
        "file id": (ImageBlock(file_id="file-1"), ImageBlock(file_id=f"{_AT}/files/1")),
    },
    "PDFs": {
        "URL": (FileBlock(f"{_AT}.pdf", mime_type="application/pdf"),),
        "bytes": (FileBlock(base64=_DATA, mime_type="application/pdf", name="goldfish.pdf"),),
        "file id": (FileBlock(file_id="file-1"), FileBlock(file_id=f"{_AT}/files/1")),
    },
    "text files": {
        "bytes": (FileBlock(base64=_DATA, mime_type="text/plain", name="goldfish.txt"),),
    },
    "sound": {
        "URL": (AudioBlock(f"{_AT}.mp3", mime_type="audio/mpeg"),),
        "bytes": (AudioBlock(base64=_DATA, mime_type="audio/mpeg"),),
    },
    "video": {
        "URL": (VideoBlock(f"{_AT}.mp4", mime_type="video/mp4"),),
        "bytes": (VideoBlock(base64=_DATA, mime_type="video/mp4"),),
    },
}
"""Kind → form → blocks of that kind and form, of which an integration takes one or none."""

SERVER_TOOLS = (
    WebSearch(),
    WebFetch(),
    CodeExecution(),
    FileSearch(stores=["stores/goldfish"]),
    MCPServer(url=f"{_AT}/mcp", name="goldfish"),
)

TOOL_MODELS = {
    "groq:llama-3.3-70b-versatile": ("groq:groq/compound", "groq:openai/gpt-oss-20b"),
    "openai:gpt-4o-mini": ("openai:gpt-4o-mini", "openai:gpt-4o-search-preview"),
    "bedrock:us.anthropic.claude-haiku-4-5-20251001-v1:0": ("bedrock:us.amazon.nova-2-lite-v1:0",),
}
"""Id of a declared model → the ids of its provider whose models differ in the tools they have."""

SCHEMA = {"title": "City", "type": "object", "properties": {"name": {"type": "string"}}}


def integration(subject: type[ChatModelConformance]) -> str:
    """How the tables name what is declared of an integration."""
    provider = subject.model_id.partition(":")[0]
    api = subject.settings.get("api")
    return f"`{provider}:` with `api={api!r}`".replace("'", '"') if api else f"`{provider}:`"


def media_table() -> Iterator[str]:
    """For each integration the kinds of media that it takes, and in which forms."""
    yield f"| integration | {' | '.join(MEDIA)} |"
    yield f"|---|{'---|' * len(MEDIA)}"
    with OfflineServer("I see.") as server:
        for subject in DECLARED:
            model = server.model(subject.model_id, **subject.settings)
            cells = [_forms(model, forms) or "–" for forms in MEDIA.values()]
            yield f"| {integration(subject)} | {' | '.join(cells)} |"


def server_tools_table() -> Iterator[str]:
    """For each integration the tools that its vendor runs."""
    names = [f"`{type(tool).__name__}`" for tool in SERVER_TOOLS]
    yield f"| model | {' | '.join(names)} |"
    yield f"|---|{'---|' * len(names)}"
    with OfflineServer("I see.") as server:
        for subject in DECLARED:
            for model_id in TOOL_MODELS.get(subject.model_id, (subject.model_id,)):
                model = server.model(model_id, **subject.settings)
                asked = [partial(model.bind_tools([t]).invoke, "Hi") for t in SERVER_TOOLS]
                cells = ["✓" if _is_taken(ask) else "–" for ask in asked]
                api = subject.settings.get("api")
                shown = f'`{model_id}` with `api="{api}"`' if api else f"`{model_id}`"
                yield f"| {shown} | {' | '.join(cells)} |"


def structured_table() -> Iterator[str]:
    """For each integration the method of structured output that is chosen, and what else it has."""
    yield "| integration | chosen by itself | `json_schema` | `function_calling` | `json_mode` |"
    yield "|---|---|---|---|---|"
    with OfflineServer('{"name": "Oslo"}') as server:
        for subject in DECLARED:
            model = server.model(subject.model_id, **subject.settings)
            methods = ("json_schema", "function_calling", "json_mode")
            cells = ["✓" if _takes_method(model, method) else "–" for method in methods]
            chosen = f"`{model.structured_output_method}`"
            yield f"| {integration(subject)} | {chosen} | {' | '.join(cells)} |"


def _forms(model: ChatModel, forms: dict[str, tuple[Media, ...]]) -> str:
    """The forms that `model` takes: `URL, bytes`."""
    return ", ".join(form for form, blocks in forms.items() if _takes_any(model, blocks))


def _takes_any(model: ChatModel, blocks: tuple[Media, ...]) -> bool:
    question = TextBlock("What is this?")
    asked = [HumanMessage([question, block]) for block in blocks]
    return any(_is_taken(partial(model.invoke, message)) for message in asked)


def _takes_method(model: ChatModel, method: str) -> bool:
    asking = model.with_structured_output(SCHEMA, method=method)  # type: ignore[call-overload]
    return _is_taken(lambda: asking.invoke("A city as JSON"))


def _is_taken(ask: Callable[[], object]) -> bool:
    try:
        ask()
    except OutputParserError:  # the server answers in words where a tool is forced
        return True
    except ChatError:
        return False
    return True
