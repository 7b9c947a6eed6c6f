"""chat-core: messages, chunks, models, chains and the registry of providers.

Every public name can be imported from here. Those of chains are loaded when first asked for, so
that a program that only calls a model does not pay for them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .errors import (
    APIConnectionError,
    APIError,
    APITimeoutError,
    AuthenticationError,
    ChatError,
    ContentFilterError,
    ContextLengthExceededError,
    DecoderError,
    InvalidParameterError,
    InvalidRequestError,
    MalformedResponseError,
    MissingAPIKeyError,
    ModelNotFoundError,
    OutputParserError,
    OverloadedError,
    PermissionDeniedError,
    ProviderNotFoundError,
    ProviderNotInstalledError,
    QuotaExceededError,
    RateLimitError,
    ServerError,
    StreamInterruptedError,
    ToolInputError,
    UnsupportedEventLoopError,
)
from .hookspecs import Provider, hookimpl
from .lazy_names import lazy_names
from .messages.blocks import (
    AudioBlock,
    Block,
    CachePoint,
    Citation,
    FileBlock,
    ImageBlock,
    InvalidToolCall,
    NonStandardBlock,
    ReasoningBlock,
    RefusalBlock,
    ServerToolCall,
    ServerToolResult,
    TextBlock,
    ToolCall,
    ToolCallChunk,
    VideoBlock,
)
from .messages.chunks import AIMessageChunk, AnyMessage, merge_chunks
from .messages.message import AIMessage, HumanMessage, Message, SystemMessage, ToolMessage
from .messages.usage import InputTokenDetails, OutputTokenDetails, UsageMetadata
from .models.model import ChatModel
from .models.streams import AsyncChatStream, ChatStream
from .observers import register_observer, unregister_observer
from .registry import alist_models, get_chat_model, list_models, list_providers

if TYPE_CHECKING:
    from .chains.parsers import (
        JsonOutputParser,
        OutputParser,
        PydanticOutputParser,
        StrOutputParser,
    )
    from .chains.partial_objects import PartialObject
    from .chains.prompts import ChatPromptTemplate, MessagesPlaceholder, PromptValue
    from .event_json import event_from_json, event_to_json, event_to_sse, events_from_sse
    from .models.model_list import ListedModel
    from .models.profile import ModelProfile
    from .models.profile_sources import register_profile_source, unregister_profile_source
    from .models.server_tools import CodeExecution, FileSearch, MCPServer, WebFetch, WebSearch
    from .models.token_count import TokenCount
    from .rate_limits.limiter import RateLimiter
    from .runnables import (
        Runnable,
        RunnableGenerator,
        RunnableLambda,
        RunnableParallel,
        RunnablePassthrough,
        RunnableSequence,
    )
    from .runs.config import RunConfig
    from .runs.events import StreamEvent
    from .runs.run import dispatch_custom_event
    from .tools.tool import Tool, tool

__version__ = "0.1.0"

__all__ = [
    "AIMessage",
    "AIMessageChunk",
    "APIConnectionError",
    "APIError",
    "APITimeoutError",
    "AnyMessage",
    "AsyncChatStream",
    "AudioBlock",
    "AuthenticationError",
    "Block",
    "CachePoint",
    "ChatError",
    "ChatModel",
    "ChatPromptTemplate",
    "ChatStream",
    "Citation",
    "CodeExecution",
    "ContentFilterError",
    "ContextLengthExceededError",
    "DecoderError",
    "FileBlock",
    "FileSearch",
    "HumanMessage",
    "ImageBlock",
    "InputTokenDetails",
    "InvalidParameterError",
    "InvalidRequestError",
    "InvalidToolCall",
    "JsonOutputParser",
    "ListedModel",
    "MCPServer",
    "MalformedResponseError",
    "Message",
    "MessagesPlaceholder",
    "MissingAPIKeyError",
    "ModelNotFoundError",
    "ModelProfile",
    "NonStandardBlock",
    "OutputParser",
    "OutputParserError",
    "OutputTokenDetails",
    "OverloadedError",
    "PartialObject",
    "PermissionDeniedError",
    "PromptValue",
    "Provider",
    "ProviderNotFoundError",
    "ProviderNotInstalledError",
    "PydanticOutputParser",
    "QuotaExceededError",
    "RateLimitError",
    "RateLimiter",
    "ReasoningBlock",
    "RefusalBlock",
    "RunConfig",
    "Runnable",
    "RunnableGenerator",
    "RunnableLambda",
    "RunnableParallel",
    "RunnablePassthrough",
    "RunnableSequence",
    "ServerError",
    "ServerToolCall",
    "ServerToolResult",
    "StrOutputParser",
    "StreamEvent",
    "StreamInterruptedError",
    "SystemMessage",
    "TextBlock",
    "Tool",
    "TokenCount",
    "ToolCall",
    "ToolCallChunk",
    "ToolInputError",
    "ToolMessage",
    "UnsupportedEventLoopError",
    "UsageMetadata",
    "VideoBlock",
    "WebFetch",
    "WebSearch",
    "alist_models",
    "dispatch_custom_event",
    "event_from_json",
    "event_to_json",
    "event_to_sse",
    "events_from_sse",
    "get_chat_model",
    "hookimpl",
    "list_models",
    "list_providers",
    "merge_chunks",
    "register_observer",
    "register_profile_source",
    "tool",
    "unregister_observer",
    "unregister_profile_source",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "chains.parsers": "JsonOutputParser OutputParser PydanticOutputParser StrOutputParser",
        "chains.partial_objects": "PartialObject",
        "chains.prompts": "ChatPromptTemplate MessagesPlaceholder PromptValue",
        "event_json": "event_from_json event_to_json event_to_sse events_from_sse",
        "models.model_list": "ListedModel",
        "models.profile": "ModelProfile",
        "models.profile_sources": "register_profile_source unregister_profile_source",
        "models.server_tools": "CodeExecution FileSearch MCPServer WebFetch WebSearch",
        "models.token_count": "TokenCount",
        "rate_limits.limiter": "RateLimiter",
        "runnables": "Runnable RunnableGenerator RunnableLambda RunnableParallel"
        " RunnablePassthrough RunnableSequence",
        "runs.config": "RunConfig",
        "runs.events": "StreamEvent",
        "runs.run": "dispatch_custom_event",
        "tools.tool": "Tool tool",
    },
    __all__,
)
