"""A scripted answer in terms that every wire shares: replies, errors, and where a stream breaks.

    Reply("Hello there")                                      a short answer, in several deltas
    Reply(ServerToolRun("web_search", "https://a.example"), "It is so")   a tool of the vendor's ran
    Reply(Reasoning("hm"), "It is ", Call("weather", '{"city": "Oslo"}'))
    Reply("Hel", Reset())                                     a TCP reset after three characters
    Reply("Hel", ErrorReply("overloaded"))                    an error object in the stream
    Reply("Hel", EndOfBody())                                 the body ends without a finish reason
    ErrorReply("rate_limit", retry_after=2)                   HTTP 429 with the vendor's error body

A ``Simulator`` (``simulators/``) writes them in one vendor's wire; ``ScriptedServer`` sends them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, TypeGuard, get_args

from .http_answers import Close, KeepAlive, Pause, Payload, Repeat, Reset, Stall, Step

__all__ = [
    "ANSWER_ID",
    "COUNTED_TOKENS",
    "MODEL_NAME",
    "REQUEST_ID",
    "STATUSES",
    "Action",
    "Call",
    "Candidates",
    "Cited",
    "Delivery",
    "EndOfBody",
    "ErrorKind",
    "ErrorReply",
    "Finish",
    "Part",
    "Picture",
    "Reasoning",
    "Refusal",
    "Reply",
    "Sound",
    "ServerToolRun",
    "Text",
    "Tokens",
    "is_step",
    "pieces",
]

ANSWER_ID = "answer-0001"
"""The id of an answer, unless the script sets another."""

COUNTED_TOKENS = 37
"""The input tokens of every request, by the endpoints that count them."""

MODEL_NAME = "model-that-answered"
"""The model's name in answers, unless the script sets another."""

REQUEST_ID = "req-0001"
"""The id of a request, in the header of error replies."""

ErrorKind: TypeAlias = Literal[
    "authentication",
    "permission",
    "not_found",
    "invalid_request",
    "unprocessable",
    "context_length",
    "content_filter",
    "rate_limit",
    "quota",
    "server_error",
    "unavailable",
    "overloaded",
]

STATUSES: dict[ErrorKind, int] = {
    "authentication": 401,
    "permission": 403,
    "not_found": 404,
    "invalid_request": 400,
    "unprocessable": 422,
    "context_length": 400,
    "content_filter": 400,
    "rate_limit": 429,
    "quota": 429,
    "server_error": 500,
    "unavailable": 503,
    "overloaded": 529,
}
"""The HTTP status of each kind of error; a simulator may have another for its vendor."""

assert tuple(STATUSES) == get_args(ErrorKind)


@dataclass(frozen=True, slots=True)
class Cited:
    """A source of a text: where it is, and which words of the text rest on it."""

    url: str
    title: str
    words: str


@dataclass(frozen=True, slots=True)
class Text:
    """Visible text. Texts that follow one another are one block.

    With a ``logprob`` it is sent with log probabilities: each delta is a token with this one.
    """

    text: str
    cited: tuple[Cited, ...] = ()
    logprob: float | None = None


@dataclass(frozen=True, slots=True)
class Reasoning:
    """Reasoning. ``seal`` is what the vendor wants back verbatim: a signature, encrypted text."""

    text: str
    seal: str | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """The text of a refusal, for wires that send it apart from other text."""

    text: str


@dataclass(frozen=True, slots=True)
class Call:
    """A call of the caller's tool. ``args`` is JSON text, whole, cut short or broken."""

    name: str
    args: str = "{}"
    id: str = "call00001"  # nine letters and digits, which every vendor takes back


@dataclass(frozen=True, slots=True)
class Picture:
    """An image that the model made."""

    base64: str
    mime_type: str = "image/png"


@dataclass(frozen=True, slots=True)
class Sound:
    """Sound that the model made; ``transcript`` is for wires that send its words.

    Each delta has ``reply.piece`` characters of the base64, so it is a multiple of four.
    """

    base64: str
    mime_type: str = "audio/pcm16"
    transcript: str = ""


@dataclass(frozen=True, slots=True)
class ServerToolRun:
    """A tool that the vendor ran: its call, and what came of it.

    Args:
        kind: which one, as ``capabilities.SERVER_TOOLS`` names it.
        result: text or the address of a page; a part of the result.
        server_tool: the name of the tool that was called on an MCP server.
        id: the id of the call.
    """

    kind: str
    result: str
    server_tool: str = "look_up"
    id: str = "run00001"


@dataclass(frozen=True, slots=True)
class EndOfBody:
    """The body ends cleanly here, without a finish reason."""


@dataclass(frozen=True, slots=True)
class ErrorReply:
    """An error of the vendor: an HTTP answer, or an object inside a stream."""

    kind: ErrorKind
    message: str = "The vendor's message about the error."
    retry_after: float | None = None

    @property
    def status(self) -> int:
        """The HTTP status that goes with it, unless the vendor has another."""
        return STATUSES[self.kind]


@dataclass(frozen=True, slots=True)
class Tokens:
    """Token counts; ``input`` includes ``cached``, ``output`` includes ``reasoning``."""

    input: int = 11
    output: int = 7
    cached: int | None = None
    reasoning: int | None = None


Action: TypeAlias = Step | Payload | KeepAlive
"""What happens in a stream besides the parts of its answer."""

Part: TypeAlias = (
    Text
    | Reasoning
    | Refusal
    | Call
    | Picture
    | Sound
    | ServerToolRun
    | EndOfBody
    | ErrorReply
    | Action
)
Finish: TypeAlias = Literal["stop", "length", "tool_calls", "content_filter", "refusal"]


@dataclass(frozen=True, slots=True, init=False)
class Reply:
    """One answer, part by part. ``str`` parts are ``Text``; steps happen where they stand.

    Args:
        parts: the parts of the answer, and steps on the connection between them.
        finish: the finish reason; by default ``tool_calls`` after a call, ``refusal`` after a
            ``Refusal`` and ``stop`` otherwise.
        tokens: the counts; ``None`` sends none.
        piece: how many characters one delta carries.
    """

    parts: tuple[Part, ...]
    finish: Finish
    tokens: Tokens | None
    piece: int
    id: str
    model: str

    def __init__(
        self,
        *parts: Part | str,
        finish: Finish | None = None,
        tokens: Tokens | None = Tokens(),
        piece: int = 4,
        id: str = ANSWER_ID,
        model: str = MODEL_NAME,
    ) -> None:
        given = tuple(Text(part) if isinstance(part, str) else part for part in parts)
        set_ = object.__setattr__
        set_(self, "parts", given)
        set_(self, "finish", finish or _usual_finish(given))
        set_(self, "tokens", tokens)
        set_(self, "piece", piece)
        set_(self, "id", id)
        set_(self, "model", model)

    @property
    def text(self) -> str:
        """All visible text."""
        return "".join(part.text for part in self.parts if isinstance(part, Text))

    @property
    def breaks(self) -> bool:
        """Whether something ends the stream before its end."""
        return any(
            isinstance(part, EndOfBody | ErrorReply | Close | Reset | Stall | KeepAlive)
            for part in self.parts
        )


@dataclass(frozen=True, slots=True)
class Delivery:
    """A reply, and how its bytes are sent.

    Args:
        per_segment: so many frames are sent together.
        piece: so many bytes go out at once.
        line_end: instead of the vendor's own.
        extra: fields added to every object.
        between: whether the wire's keep-alive bytes are sent before every frame.
        headers: besides the vendor's.
        pause: seconds between two frames.
    """

    reply: Reply
    per_segment: int = 1
    piece: int | None = None
    line_end: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
    between: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
    pause: float = 0.0


@dataclass(frozen=True, slots=True, init=False)
class Candidates:
    """One answer of several candidates, each a reply; their indices are those of the list."""

    replies: tuple[Reply, ...]

    def __init__(self, *replies: Reply) -> None:
        object.__setattr__(self, "replies", replies)


def is_step(part: Part) -> TypeGuard[Action]:
    """Whether it is something that happens in the stream and not a part of the answer."""
    return isinstance(part, bytes | Pause | Repeat | Stall | Reset | Close | Payload | KeepAlive)


def pieces(text: str, size: int) -> Iterator[str]:
    """``text`` in pieces of ``size`` characters."""
    for start in range(0, len(text), size):
        yield text[start : start + size]


def _usual_finish(parts: Sequence[Part]) -> Finish:
    if any(isinstance(part, Call) for part in parts):
        return "tool_calls"
    return "refusal" if any(isinstance(part, Refusal) for part in parts) else "stop"
