"""Lets one contestant stream once, in a process of its own: `worker.py WHO TASK URL`.

Prints what came of it as a line of JSON: the text, the calls that were handed out as valid, and the
error. Imports the contestant alone; timeouts are 2 s, retries those of each.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from importlib import import_module
from typing import Any

SECONDS = 2.0
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
TOOL = {
    "type": "function",
    "function": {"name": "weather", "description": "The weather.", "parameters": SCHEMA},
}
Seen = dict[str, Any]


async def ours(seen: Seen, url: str, task: str) -> None:
    """chat-openai, on any server of the wire."""
    model = import_module("chat_core").get_chat_model(
        "openai-compatible:any",
        base_url=url,
        api_key="none",
        timeout=SECONDS,
        idle_timeout=SECONDS,
    )
    stream = (model.bind_tools([TOOL]) if task == "tool" else model).astream("Hi")
    async for chunk in stream:
        seen["text"] += chunk.content
        if task == "break":
            break
    await _held(task, stream)
    seen["calls"] = [call.args for call in stream.message.tool_calls]


async def sdk(seen: Seen, url: str, task: str) -> None:
    """The openai SDK's typed stream. Arguments of calls are text, which the caller judges."""
    client = import_module("openai").AsyncOpenAI(api_key="none", base_url=url, timeout=SECONDS)
    tools = {"tools": [TOOL]} if task == "tool" else {}
    messages = [{"role": "user", "content": "Hi"}]
    stream = await client.chat.completions.create(
        model="any", messages=messages, stream=True, **tools
    )
    async for chunk in stream:
        for choice in chunk.choices:
            seen["text"] += choice.delta.content or ""
        if task == "break" and seen["text"]:
            break
    await _held(task, stream)


async def langchain(seen: Seen, url: str, task: str) -> None:
    """langchain-openai: the chunks, added up."""
    model = import_module("langchain_openai").ChatOpenAI(
        model="any", api_key="none", base_url=url, timeout=SECONDS
    )
    stream = (model.bind_tools([TOOL]) if task == "tool" else model).astream("Hi")
    whole = None
    async for chunk in stream:
        whole = chunk if whole is None else whole + chunk
        seen["text"] = whole.text
        if task == "break" and seen["text"]:
            break
    await _held(task, stream)
    seen["calls"] = [call["args"] for call in whole.tool_calls] if whole is not None else []


async def pydantic_ai(seen: Seen, url: str, task: str) -> None:
    """A pydantic-ai agent, which calls the tool itself."""
    client = import_module("openai").AsyncOpenAI(api_key="none", base_url=url, timeout=SECONDS)
    provider = import_module("pydantic_ai.providers.openai").OpenAIProvider(openai_client=client)
    model = import_module("pydantic_ai.models.openai").OpenAIChatModel("any", provider=provider)
    agent = import_module("pydantic_ai").Agent(model)
    if task == "tool":

        @agent.tool_plain  # type: ignore[untyped-decorator]
        def weather(city: str) -> str:
            """The weather."""
            seen["calls"].append({"city": city})
            return "rain"

        async def handler(context: Any, events: AsyncIterator[Any]) -> None:
            async for _ in events:
                pass

        await agent.run("Hi", event_stream_handler=handler)
        return
    async with agent.run_stream("Hi") as result:
        async for text in result.stream_text(delta=True, debounce_by=None):
            seen["text"] += text
            if task == "break":
                break
    # Its documentation always shows the context manager, so the stream is not kept beyond it.
    await _held(task, result)


async def _held(task: str, stream: object) -> None:
    """After a break: report it, and keep the stream for a while."""
    if task == "break":
        print("broke", flush=True)
        await asyncio.sleep(1.5)
        del stream


WAYS: dict[str, Callable[[Seen, str, str], Coroutine[Any, Any, None]]] = {
    "ours": ours,
    "sdk": sdk,
    "langchain": langchain,
    "pydantic_ai": pydantic_ai,
}


def main() -> None:
    who, task, url = sys.argv[1:]
    seen: Seen = {"text": "", "calls": [], "error": ""}
    try:
        asyncio.run(WAYS[who](seen, url, task))
    except Exception as error:  # noqa: BLE001 - whatever it is, it is reported
        seen["error"] = type(error).__name__
    print(json.dumps(seen))


if __name__ == "__main__":
    main()
