"""Tool results as Responses items: each kind of call has a kind of output of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chat_core import ImageBlock, InvalidRequestError

from .responses_content import content_parts, text_or_parts

if TYPE_CHECKING:
    from chat_core import ToolMessage

__all__ = ["result_item"]


def result_item(
    call: dict[str, Any], call_id: str, message: ToolMessage, provider: str
) -> dict[str, Any]:
    """The item that answers ``call``.

    Raises:
        InvalidRequestError: a ``ToolMessage`` of this content cannot answer the call; the message
            names the item to send in a ``NonStandardBlock`` instead.
        InvalidParameterError: media that the API does not take.
    """
    kind = call.get("type")
    text = message.content
    failed = message.status == "error"
    item: dict[str, Any]
    if kind == "function_call":
        output = text_or_parts(message.blocks, provider)
        item = {"type": "function_call_output", "call_id": call_id, "output": output}
    elif kind == "custom_tool_call":
        output = text_or_parts(message.blocks, provider)
        item = {"type": "custom_tool_call_output", "call_id": call_id, "output": output}
    elif kind == "shell_call":
        outcome = {"type": "exit", "exit_code": int(failed)}
        streams = {"stdout": "" if failed else text, "stderr": text if failed else ""}
        item = {"type": "shell_call_output", "call_id": call_id}
        item["output"] = [{**streams, "outcome": outcome}]
    elif kind == "local_shell_call":
        item = {"type": "local_shell_call_output", "id": call_id, "output": text}
    elif kind == "apply_patch_call":
        status = "failed" if failed else "completed"
        item = {"type": "apply_patch_call_output", "call_id": call_id, "status": status}
        item["output"] = text
    elif kind == "computer_call":
        item = {"type": "computer_call_output", "call_id": call_id}
        item["output"] = _screenshot(message, provider)
    else:
        raise InvalidRequestError(
            f"A {kind} is not answered by words. Send the item that answers it as"
            " NonStandardBlock({'type': …}) in a ToolMessage or HumanMessage"
            " (mcp_approval_response for an approval, tool_search_output for a search).",
            provider=provider,
        )
    if call.get("caller"):
        item["caller"] = call["caller"]
    return item


def _screenshot(message: ToolMessage, provider: str) -> dict[str, Any]:
    images = [block for block in message.blocks if isinstance(block, ImageBlock)]
    if not images:
        raise InvalidRequestError(
            "A computer_call is answered by a screenshot: put an ImageBlock into the ToolMessage.",
            provider=provider,
        )
    (part,) = content_parts(images[-1:], provider)
    return {**part, "type": "computer_screenshot"}
