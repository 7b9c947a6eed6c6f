"""Streams an answer from every installed provider, without a key: each talks to a local server.

Starts the offline server in this process, loads each provider by its string id, prints the tokens
as they arrive, and then the events of a chain.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter

from chat_conformance import OfflineServer
from chat_conformance.loopback import refuse_everything_but_loopback
from chat_core import ChatError, ChatPromptTemplate, StrOutputParser, list_providers

PROMPT = "Write me a 1 verse song about goldfish on the moon"
VERSE = (
    "Goldfish on the moon tonight,\nswimming circles, silver-white,\n"
    "no one there to feed them crumbs,\nstill they hum until dawn comes."
)
PAUSE = 0.02
"""Seconds between two chunks of the server, so that the stream can be seen."""


def sing(server: OfflineServer, id: str) -> None:
    """Print one model's answer as it arrives, and what it reports about itself."""
    print(f"\n── {id}", flush=True)
    with server.model(id, temperature=0) as model:
        stream = model.stream(PROMPT)
        chunks = 0
        for chunk in stream:
            print(chunk.content, end="", flush=True)
            chunks += bool(chunk.content)
        answer = stream.message
    usage = answer.usage_metadata
    tokens = f", {usage.output_tokens} tokens" if usage and usage.output_tokens else ""
    print(f"\n   {chunks} chunks{tokens}, finish_reason {answer.finish_reason!r}")


def run_chain(server: OfflineServer, id: str) -> None:
    """Print the events of prompt | model | parser: starts and ends in full, deltas as text."""
    print(f"\n── the events of prompt | {id} | parser", flush=True)
    prompt = ChatPromptTemplate.from_messages([("human", "A verse about {topic}")])
    seen: Counter[str] = Counter()
    in_line = False  # whether the text has ended without the end of its line
    with server.model(id) as model:
        chain = prompt | model | StrOutputParser()
        for event in chain.stream_events({"topic": "goldfish"}):
            kind = event["event"]
            seen[kind] += 1
            if kind == "on_parser_stream":
                print(event["data"]["chunk"], end="", flush=True)
                in_line = True
            elif not kind.endswith("_stream"):
                print("\n" * in_line + f"   {kind:20} {event['name']}", flush=True)
                in_line = False
    streamed = ", ".join(f"{count} {kind}" for kind, count in seen.items() if "_stream" in kind)
    print(f"   {streamed}")


def _one_of_each_class(server: OfflineServer) -> list[str]:
    """The providers, without the ids that are a setting of another one's class."""
    by_class = {each.name for each in list_providers() if not each.settings}
    return [name for name in server.providers if name in by_class]


def main() -> None:
    """Sing with every installed provider, or with those named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("providers", nargs="*", help="provider ids (default: all installed)")
    wanted = parser.parse_args().providers
    refuse_everything_but_loopback()
    with OfflineServer(VERSE, pause=PAUSE) as server:
        try:
            ids = [server.find_provider(name).id for name in wanted or _one_of_each_class(server)]
        except ChatError as error:
            parser.error(str(error))
        for each in ids:
            sing(server, each)
        run_chain(server, ids[0])


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:  # its reader has ended, as `| head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
