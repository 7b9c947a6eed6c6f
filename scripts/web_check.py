"""Drives the example page of chat-web in headless Chromium: `make web-check`.

A real uvicorn serves the page, and a server on loopback answers as the vendor and counts. Each
scenario is a function below; any error on the console, any answer with an error status and any
request to another host is a failure, unless the scenario is about it. Pictures at two widths are
written to `docs/screenshots/`.
"""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent / "docs"))

import uvicorn
from chat_conformance import OfflineServer, Reasoning, Reply
from chat_core import get_chat_model
from chat_web import MemoryStore, ResumableStreams
from chat_web.example.app import example_app
from site_browser import WIDTHS, Visit, opened
from workspace import ROOT

PICTURES = ROOT / "docs" / "screenshots"
GROQ = "groq:llama-3.3-70b-versatile"
STORY = "The lamp burned low while the harbour slept, and the boats turned slowly on their ropes."
MARKDOWN = """\
## Boats in the harbour

Two are **large**, one is *small*, and `Nadja` is [for sale](https://example.com/boats).

1. Nadja
2. Ole
   - blue
   - old

| boat | metres |
|---|---|
| Nadja | 9 |
| Ole | 12 |

```python
for boat in harbour:
    print(boat.name)
```

> The sea is calm.

<img src=x onerror="document.title='broken'"> <script>document.title = "broken"</script>
[a trap](javascript:alert(1)) ![a picture](https://example.com/picture.png)
"""


class Cutting:
    """The application behind a network that loses connections.

    While ``cuts`` is not 0, each stream of an answer is broken off after ``after`` pieces.
    """

    def __init__(self, app: Any) -> None:
        self.app = app
        self.cuts = 0
        self.after = 12

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one request."""
        is_stream = scope["type"] == "http" and scope["path"].startswith("/answers")
        if not is_stream or scope["method"] == "DELETE" or not self.cuts:
            await self.app(scope, receive, send)
            return
        self.cuts -= 1
        left = self.after

        async def send_some(message: Any) -> None:
            nonlocal left
            left -= 1
            if left < 0:
                raise ConnectionResetError
            await send(message)

        await self.app(scope, receive, send_some)


@dataclass
class Stage:
    """What a scenario works with."""

    page: Any
    visit: Visit
    vendor: OfflineServer
    network: Cutting
    store: MemoryStore
    problems: list[str] = field(default_factory=list)

    def check(self, holds: object, what: str) -> None:
        """Keep ``what`` as a problem unless ``holds``."""
        if not holds:
            self.problems.append(what)

    def ask(self, text: str = "Tell me about the harbour.", *, by_key: bool = False) -> None:
        """Ask a question."""
        self.page.get_by_role("textbox", name="Your question").fill(text)
        if by_key:
            self.page.keyboard.press("Enter")
        else:
            self.page.get_by_role("button", name="Send").click()

    @property
    def answer(self) -> Any:
        """The last answer on the page."""
        return self.page.locator("article.assistant").last

    def wait(self, seconds: float = 15) -> None:
        """Wait until the last answer has ended."""
        ended = self.page.locator("article.assistant:last-of-type[aria-busy=false]")
        ended.wait_for(timeout=seconds * 1000)

    def wait_for_text(self, text: str) -> None:
        """Wait until the last answer shows ``text``."""
        self.answer.get_by_text(text).first.wait_for(timeout=10_000)

    @property
    def text(self) -> str:
        """The text of the last answer."""
        return "\n".join(self.answer.locator(".markdown").all_inner_texts())

    @property
    def requests(self) -> int:
        """How many answers the vendor was asked for."""
        return len(self.vendor.wire.requests)


def a_stream_is_shown(stage: Stage) -> None:
    """Tokens, usage, and Markdown whose HTML is text."""
    stage.vendor.answer(Reply(MARKDOWN, piece=5))
    stage.ask()
    stage.wait()
    answer = stage.answer
    counts = {"h4": 1, "strong": 1, "em": 1, "table": 1, "pre": 1, "ol > li": 2, "ul > li": 2}
    for tag, count in counts.items():
        found = answer.locator(f".markdown {tag}").count()
        stage.check(found == count, f"{found} elements {tag} and not {count}")
    for tag in ("img", "script", "a[href^=javascript]"):
        stage.check(not answer.locator(tag).count(), f"the model's text became {tag}")
    stage.check("<script>" in stage.text, "HTML in the answer is not shown as text")
    stage.check(stage.page.title() == "Chat", "a script of the model ran")
    stage.check("tokens out" in answer.inner_text(), "no usage")


def reasoning_is_folded(stage: Stage) -> None:
    """Reasoning stands in an element that is closed at first."""
    stage.page.get_by_label("Model").select_option("offline:think")
    stage.ask()
    stage.wait()
    folded = stage.answer.locator("details").first
    stage.check(folded.get_attribute("open") is None, "the reasoning is open at first")
    stage.check("Reasoning" in folded.inner_text(), "the reasoning has no title")
    folded.locator("summary").click()
    stage.check("No vendor is asked" in folded.inner_text(), "the reasoning has no text")


def tools_are_shown(stage: Stage) -> None:
    """A call, its arguments and its result, then the answer."""
    stage.page.get_by_label("Model").select_option("offline:demo")
    stage.page.get_by_label("Tools").check()
    stage.ask("Roll the dice.")
    stage.wait()
    call = stage.answer.locator("details.tool")
    stage.check(call.count() == 1, f"{call.count()} tool calls")
    stage.check("roll_dice: done" in call.inner_text(), f"the call shows {call.inner_text()!r}")
    call.locator("summary").click()
    stage.check('"count"' in call.inner_text(), "no arguments")
    stage.check("The tool answered" in stage.text, "no answer after the tool")


def a_lost_connection_is_made_again(stage: Stage) -> None:
    """Three connections are cut, and the answer is whole, once, asked for once."""
    stage.vendor.pause = 0.03
    stage.network.cuts, stage.network.after = 3, 5
    stage.ask()
    stage.wait()
    stage.check(stage.network.cuts == 0, f"{stage.network.cuts} cuts did not happen")
    stage.check(stage.text == STORY, f"after the cuts the answer is {stage.text!r}")
    stage.check(stage.requests == 1, f"the vendor was asked {stage.requests} times")
    stage.visit.found[:] = [each for each in stage.visit.found if "ERR_INCOMPLETE" not in each]


def stop_ends_the_call(stage: Stage) -> None:
    """The button, then the key: each ends the vendor's call within half a second."""
    stage.vendor.pause = 0.3
    for how in ("button", "key"):
        stage.ask()
        stage.wait_for_text("The")
        started = time.monotonic()
        if how == "button":
            stage.page.get_by_role("button", name="Stop").click()
        else:
            stage.page.keyboard.press("Escape")
        ended = stage.vendor.wire.wait_for_disconnect(3)
        seconds = time.monotonic() - started
        stage.check(ended and seconds < 0.5, f"stop by {how}: the call ended after {seconds:.2f} s")
        stage.wait()
        stage.check("was stopped" in stage.answer.inner_text(), "it does not say that it stopped")
        print(f"  stop by {how}: the vendor's call ended after {seconds * 1000:.0f} ms")


def a_reload_goes_on(stage: Stage) -> None:
    """After a reload in mid-answer the answer is whole, once, asked for once."""
    stage.vendor.pause = 0.05
    stage.ask()
    stage.wait_for_text("The lamp")
    stage.page.reload()
    stage.wait()
    stage.check(stage.text == STORY, f"after the reload the answer is {stage.text!r}")
    stage.check(stage.requests == 1, f"the vendor was asked {stage.requests} times")
    stage.page.reload()
    stage.check(stage.text == STORY, "a whole answer is not there after a reload")
    stage.check(stage.requests == 1, "a reload after the end asked again")


def an_answer_that_is_gone_says_so(stage: Stage) -> None:
    """The server forgot the answer: a sentence, and a button that asks again."""
    stage.vendor.pause = 0.3
    stage.ask()
    stage.wait_for_text("The")
    with ThreadPoolExecutor(1) as thread:  # Playwright's own loop runs in this one
        thread.submit(asyncio.run, stage.store.aclose()).result()  # it forgets all streams
    stage.page.reload()
    stage.wait()
    shown = stage.answer.inner_text()
    stage.check("no longer kept" in shown, f"instead of the reason it shows {shown!r}")
    stage.vendor.pause = 0
    stage.answer.get_by_role("button", name="Ask again").click()
    stage.wait_for_text("ropes")
    stage.wait()
    stage.check(stage.text == STORY, f"asked again, the answer is {stage.text!r}")


def a_slow_reader_gets_all(stage: Stage) -> None:
    """Over a slow line a long answer arrives whole."""
    words = " ".join(str(number) for number in range(1500))
    stage.vendor.answer(Reply(words, piece=8))
    line = stage.page.context.new_cdp_session(stage.page)
    slow = {"offline": False, "latency": 20, "downloadThroughput": 150_000, "uploadThroughput": -1}
    line.send("Network.emulateNetworkConditions", slow)
    stage.ask()
    stage.wait(60)
    stage.check(stage.text == words, f"{len(stage.text)} characters and not {len(words)}")
    line.send("Network.emulateNetworkConditions", {**slow, "downloadThroughput": -1})
    line.detach()


def a_refusal_is_a_sentence(stage: Stage) -> None:
    """A model that the server does not offer."""
    stage.page.evaluate("document.querySelector('#model').append(new Option('groq:none'))")
    stage.page.get_by_label("Model").select_option("groq:none")
    stage.ask()
    stage.wait()
    shown = stage.answer.inner_text()
    stage.check("There is no model 'groq:none'" in shown, f"the refusal shows {shown!r}")
    stage.visit.found[:] = [each for each in stage.visit.found if "404" not in each]


def it_works_by_keyboard(stage: Stage) -> None:
    """Every control is reached by Tab and has a name; Enter sends."""
    stage.ask(by_key=True)
    stage.wait()
    stage.check(stage.text == STORY, "Enter did not send")
    seen = set()
    for _ in range(12):
        stage.page.keyboard.press("Tab")
        seen.add(stage.page.evaluate("document.activeElement.id"))
    wanted = {"model", "tools", "clear", "theme", "question", "send"}
    stage.check(wanted <= seen, f"Tab does not reach {', '.join(sorted(wanted - seen))}")
    spoken = stage.page.locator("[role=status]").inner_text()
    stage.check(STORY in spoken, "a screen reader does not learn of the answer")


SCENARIOS: list[Callable[[Stage], None]] = [
    a_stream_is_shown,
    reasoning_is_folded,
    tools_are_shown,
    a_lost_connection_is_made_again,
    stop_ends_the_call,
    a_reload_goes_on,
    an_answer_that_is_gone_says_so,
    a_slow_reader_gets_all,
    a_refusal_is_a_sentence,
    it_works_by_keyboard,
]


@contextmanager
def served(app: Any) -> Iterator[str]:
    """Serve ``app`` with uvicorn on loopback; yields its address."""
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = server.force_exit = True
        thread.join(timeout=10)


@contextmanager
def staged(context: Any) -> Iterator[Stage]:
    """The page in a browser, its server, and the vendor."""
    with OfflineServer(STORY) as vendor:
        models = {
            GROQ: vendor.model(GROQ),
            "offline:demo": get_chat_model("offline:demo", pause=0),
            "offline:think": get_chat_model("offline:think", pause=0),
        }
        store = MemoryStore()
        network = Cutting(example_app(models, ResumableStreams(store)))
        with served(network) as base:
            visit = Visit(context, base)
            visit.open("")
            visit.page.locator("#model option").first.wait_for(state="attached")
            yield Stage(visit.page, visit, vendor, network, store)
            visit.page.close()


def play(scenario: Callable[[Stage], None]) -> list[str]:
    """The problems of one scenario in a new browser."""
    with opened(WIDTHS[0]) as context, staged(context) as stage:
        try:
            scenario(stage)
        except Exception as error:  # noqa: BLE001 - reported with what went before
            stage.problems.append(f"raised {error}")
        return [f"{scenario.__name__}: {each}" for each in stage.problems + stage.visit.found]


def take_pictures() -> list[str]:
    """Pictures of a conversation at two widths and in dark; returns what is too wide."""
    found = []
    for width in WIDTHS:
        with opened(width) as context, staged(context) as stage:
            answer = Reply(
                Reasoning("Which boats? Those of today."), MARKDOWN.partition("<img")[0], piece=9
            )
            stage.vendor.answer(answer)
            stage.ask("Which boats are in the harbour, and what does the sea do?")
            stage.wait()
            wide = stage.page.evaluate("document.documentElement.scrollWidth")
            if wide > width:
                found.append(f"the page is {wide} pixels wide in a window of {width}")
            stage.page.screenshot(path=PICTURES / f"web-page-{width}.png")
            if width == WIDTHS[0]:
                stage.page.get_by_role("button", name="Dark").click()
                stage.page.screenshot(path=PICTURES / "web-page-dark.png")
    return found


def main() -> None:
    """Play every scenario, or those that the command line names."""
    wanted = sys.argv[1:]
    problems = []
    for scenario in SCENARIOS:
        if not wanted or any(word in scenario.__name__ for word in wanted):
            print(scenario.__name__.replace("_", " "), flush=True)
            problems += play(scenario)
    if not wanted or "pictures" in wanted:
        problems += take_pictures()
    print("\n".join(problems) or "the page is right in the browser")
    sys.exit(bool(problems))


if __name__ == "__main__":
    main()
