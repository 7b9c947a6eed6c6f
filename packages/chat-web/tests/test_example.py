from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import chat_web.example
import httpx
import pytest
from asgi_server import serve, text_of
from chat_core import events_from_sse, get_chat_model
from chat_web import MemoryStore, ResumableStreams
from chat_web.example.__main__ import main
from chat_web.example.app import example_app

QUESTION = {"model": "offline:demo", "messages": [{"role": "user", "content": "Which boats?"}]}
FOLDER = Path(chat_web.example.__file__).parent


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    models = {each: get_chat_model(each, pause=0.0) for each in ("offline:demo", "offline:think")}
    with serve(example_app(models, ResumableStreams(MemoryStore()))) as address:
        yield address


def ask(url: str, **question: Any) -> httpx.Response:
    return httpx.post(f"{url}/answers", json={**QUESTION, **question})


def message_of(response: httpx.Response) -> str:
    message: str = response.json()["error"]["message"]
    return message


def test_the_page_and_its_files_come_from_this_server_alone(url: str) -> None:
    for path, kind in {"/": "html", "/page.js": "javascript", "/page.css": "css"}.items():
        response = httpx.get(url + path)
        assert kind in response.headers["content-type"]
        assert "default-src 'none'" in response.headers["content-security-policy"]
        assert not re.search(r"(src|href)=.?https?:|@import|url\(", response.text)


def test_the_script_makes_no_html_of_text() -> None:
    script = (FOLDER / "page.js").read_text()
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", script)


def test_the_offered_models_are_listed(url: str) -> None:
    assert httpx.get(f"{url}/models").json() == {"models": ["offline:demo", "offline:think"]}


def test_an_answer_streams_and_is_there_again(url: str) -> None:
    response = ask(url)
    events = list(events_from_sse([response.content]))
    assert "You wrote: Which boats?" in text_of(events)
    again = httpx.get(f"{url}/answers/{response.headers['x-stream-id']}")
    assert again.content == response.content


def test_tools_are_called_with_their_results_in_the_stream(url: str) -> None:
    events = list(events_from_sse([ask(url, tools=True).content]))
    names = [event["event"] for event in events]
    assert names.count("on_tool_end") == 1
    assert names.count("on_chat_model_end") == 2
    assert "The tool answered" in text_of(events)


def test_a_later_question_carries_the_conversation(url: str) -> None:
    messages = [
        {"role": "user", "content": "One"},
        {"role": "assistant", "content": "Two"},
        {"role": "user", "content": "Three"},
    ]
    events = list(events_from_sse([ask(url, messages=messages).content]))
    assert "You wrote: Three" in text_of(events)


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        ("{not json", 400, "The body is not JSON."),
        ("[]", 422, "body: "),
        ("{}", 422, "model: Field required."),
        ('{"model": 7, "messages": []}', 422, "model: Input should be a valid string."),
        ('{"model": "offline:demo", "messages": []}', 422, "messages: "),
        (json.dumps({**QUESTION, "message": 1}), 422, "message: Extra inputs"),
        (json.dumps({**QUESTION, "messages": [{"role": "system", "content": "x"}]}), 422, "role"),
        (json.dumps({**QUESTION, "model": "groq:x"}), 404, "There is no model 'groq:x'; offered: "),
        ('"' + "x" * 2**20 + '"', 413, "more than 1048576 bytes"),
    ],
)
def test_a_bad_body_is_refused_with_what_is_wrong(
    url: str, body: str, status: int, message: str
) -> None:
    headers = {"content-type": "application/json"}
    response = httpx.post(f"{url}/answers", content=body, headers=headers)
    assert response.status_code == status
    assert message in message_of(response)


def test_another_site_cannot_ask(url: str) -> None:
    plain = httpx.post(f"{url}/answers", content=json.dumps(QUESTION))
    assert plain.status_code == 415
    renamed = httpx.get(f"{url}/models", headers={"host": "attacker.example"})
    assert renamed.status_code == 400


def test_an_answer_that_is_gone_can_be_neither_stopped_nor_resumed(url: str) -> None:
    response = httpx.delete(f"{url}/answers/none")
    assert response.status_code == 404
    assert "no longer kept" in message_of(response)
    resumed = httpx.get(f"{url}/answers/none")
    assert resumed.status_code == 200
    assert "no longer kept" in resumed.text


def test_an_answer_that_has_ended_may_be_stopped(url: str) -> None:
    stream = ask(url).headers["x-stream-id"]
    assert httpx.delete(f"{url}/answers/{stream}").status_code == 204


def test_the_command_names_what_is_wrong_with_a_model() -> None:
    command = [sys.executable, "-m", "chat_web.example", "--model", "grok:x"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 1
    assert "grok" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("port", ["0", "-1", "65536", "http"])
def test_the_command_names_what_is_no_port(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--port", port])
    assert ended.value.code == 2
    assert "--port" in capsys.readouterr().err
