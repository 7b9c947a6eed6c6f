"""The one door for authors of provider packages: every name of core that a provider needs.

Users' names (messages, blocks, errors, ``Provider``, ``hookimpl``) are imported from ``chat_core``;
what only a provider needs is imported from here. Nothing else of core is an API:

- the model: ``WireModel``, ``CallOptions``, ``ToolSpec``, ``ResponseSchema``, ``to_tool_spec``,
  ``object_schema``, ``read_answer_schema``;
- the framing of an answer: ``Framing``, ``Frame``, ``SSEParser`` (the default), ``NDJSONFraming``,
  ``BinaryFraming`` (``BinaryMessage``, ``encode_binary_message``), ``JSONArrayFraming``,
  ``JSONBodyFraming``; for a framing of your own ``then_raise``, ``MAX_FRAME_BYTES``;
- the decoder: ``Decoder``, ``ResponseHead``, the chunk constructors ``text_delta``,
  ``block_delta``, ``call_delta`` and ``arguments_delta``, ``token_logprob``, ``TokenLogprob``,
  ``TopLogprob``, the setting ``Logprobs``, ``CandidateWire``, ``parse_json``, ``parse_arguments``,
  ``ArgumentPieces``; to drive one in a test, ``StreamReader`` and ``decode_reply``;
- the connection: ``Connection``, ``HTTPTransport``, ``RequestHead``, ``join_url``,
  ``parse_header_lines``, ``Request``, ``Response``, ``Transport``, ``json_content``, ``clean_key``,
  ``reveal``, ``connection_settings``, ``KeyFunction``, ``KEY_FOLLOWS``; for clients of an SDK that
  users hand in, ``ClientTransport``, ``StreamingClientTransport`` and ``ReadResponse``;
- the encoder: ``to_messages``, ``refuse_additional_kwargs``, ``name_in_text``, ``images_to_user``,
  ``is_cut_off``, ``write_arguments``, ``media_url``, ``required_mime_type``,
  ``mime_type_of_name``, ``read_data_url``, ``to_closed_schema``, ``WireNames``, ``CallIds``,
  ``CallPosition``;
- how much a model reasons: ``Reasoning``, ``choose_reasoning``, ``effort_words``,
  ``own_values``, ``read_reasoning``;
- errors: ``class_for_status``, ``read_refusal``, ``read_retry_after``, ``read_seconds``,
  ``retry_delay``, ``is_out_of_resources``;
- requests other than chat calls: ``Operation``, ``multipart_form``, and to sign
  one ``operation_head`` and ``operation_content``; several of them: ``Steps``, ``Pause``,
  ``perform_steps``, ``aperform_steps``; a list of models: ``Listing``, ``Page``;
  an estimate of tokens: ``estimate_tokens``;
- marks of a prefix to cache: ``CacheMarks``;
- what a vendor takes of media: ``MediaLimits``, ``SizeLimit``;
- files that the vendor keeps: ``FileStore``, ``LocalFile``, ``FileContent``, ``file_form``;
- tools that the vendor runs: ``ServerTool``, ``ServerToolTable``, ``ServerToolEncoder``,
  ``ServerToolWire``;
- batch jobs: ``BatchJobs``, ``JobRows``, ``JobAnswer``, ``JobStatus``, ``JobState``, ``JobCounts``,
  ``ResultFile``, ``read_line``; to run them ``encode_row`` and ``decode_answer``;
- middleware around the calls of a model: ``ModelMiddleware``, ``ModelCall``, ``wrap_model``,
  ``use_middleware``, ``drop_middleware``, ``middleware_of``, ``Segments``, ``AsyncSegments``; a
  lock that survives a fork: ``ForkLock``;
- a kind of step: ``StepContext``, ``Chunks``, ``Runtime``, ``Branch``, ``Accumulator``,
  ``Latest``, ``current_cancel_scope``, ``wait_until_done``; the tokens of several calls:
  ``total_usage``;
- the registry: ``get_provider``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .lazy_names import lazy_names

if TYPE_CHECKING:
    from .chains.partial_json import MISSING, PartialJSON
    from .concurrency.cancellation import current_cancel_scope, wait_until_done
    from .concurrency.fork_lock import ForkLock
    from .errors import class_for_status
    from .json_text import parse_arguments, parse_json
    from .messages.answer_images import images_to_user
    from .messages.argument_pieces import ArgumentPieces
    from .messages.call_ids import CallIds, CallPosition
    from .messages.chunks import (
        MessageBuilder,
        arguments_delta,
        block_delta,
        call_delta,
        settle,
        text_delta,
    )
    from .messages.convert import refuse_additional_kwargs, to_messages
    from .messages.cut_off import is_cut_off
    from .messages.logprobs import Logprobs, TokenLogprob, TopLogprob, token_logprob
    from .messages.media_blocks import MediaBlock, media_url, required_mime_type
    from .messages.media_limits import MediaLimits, SizeLimit
    from .messages.media_types import mime_type_of_name, read_data_url
    from .messages.message import FinishReason
    from .messages.names_in_text import name_in_text
    from .messages.parts import write_arguments
    from .messages.usage import total_usage
    from .models.answer_schema import read_answer_schema
    from .models.batch_jobs import (
        BatchJobs,
        JobAnswer,
        JobCounts,
        JobRows,
        JobState,
        JobStatus,
        ResultFile,
        decode_answer,
        encode_row,
        read_line,
    )
    from .models.cache_marks import CacheMarks
    from .models.file_store import FileStore
    from .models.middleware import (
        AsyncSegments,
        ModelCall,
        ModelMiddleware,
        Segments,
        drop_middleware,
        middleware_of,
        use_middleware,
        wrap_model,
    )
    from .models.model_list import Listing, Page
    from .models.model_settings import Connection, connection_settings, reveal
    from .models.reasoning_setting import (
        Reasoning,
        choose_reasoning,
        effort_words,
        own_values,
        read_reasoning,
    )
    from .models.server_tool_table import ServerToolEncoder, ServerToolTable, ServerToolWire
    from .models.server_tools import ServerTool
    from .models.steps import Pause, Steps, aperform_steps, perform_steps
    from .models.token_count import estimate_tokens
    from .models.wire_model import WireModel
    from .rate_limits.headers import read_retry_after, read_seconds
    from .registry import get_provider
    from .retry import retry_delay
    from .runnables.engine.accumulators import Accumulator, Latest
    from .runnables.engine.runtime import Branch, Runtime
    from .runnables.engine.scope import Chunks, StepContext
    from .runs.run import Run
    from .tools.closed_schema import to_closed_schema
    from .tools.names import WireNames
    from .tools.object_schema import object_schema
    from .tools.schema import to_tool_spec
    from .tools.spec import CallOptions, ResponseSchema, ToolSpec
    from .wire.binary_frames import BinaryFraming, BinaryMessage, encode_binary_message
    from .wire.candidates import CandidateWire
    from .wire.client_transport import ClientTransport, StreamingClientTransport
    from .wire.decoder import Decoder, StreamReader, decode_reply, read_refusal
    from .wire.file_content import FileContent, LocalFile
    from .wire.framing import MAX_FRAME_BYTES, Frame, Framing, then_raise
    from .wire.header_values import clean_key
    from .wire.http_transport import HTTPTransport, json_content, operation_content
    from .wire.json_array import JSONArrayFraming
    from .wire.json_body import JSONBodyFraming
    from .wire.key_function import KEY_FOLLOWS, KeyFunction
    from .wire.multipart import file_form, multipart_form
    from .wire.ndjson import NDJSONFraming
    from .wire.operation import Operation
    from .wire.operation_head import operation_head
    from .wire.read_response import ReadResponse
    from .wire.request_head import RequestHead, join_url, parse_header_lines
    from .wire.resource_failures import is_out_of_resources
    from .wire.response_head import ResponseHead
    from .wire.sse import SSEParser
    from .wire.transport import Request, Response, Transport

__all__ = [
    "Accumulator",
    "ArgumentPieces",
    "AsyncSegments",
    "BatchJobs",
    "BinaryFraming",
    "BinaryMessage",
    "Branch",
    "CallIds",
    "CacheMarks",
    "CallOptions",
    "CallPosition",
    "CandidateWire",
    "Chunks",
    "ClientTransport",
    "Connection",
    "Decoder",
    "FileContent",
    "FileStore",
    "FinishReason",
    "ForkLock",
    "Frame",
    "Framing",
    "HTTPTransport",
    "JSONArrayFraming",
    "JSONBodyFraming",
    "JobAnswer",
    "JobCounts",
    "JobRows",
    "JobState",
    "JobStatus",
    "KEY_FOLLOWS",
    "KeyFunction",
    "Latest",
    "Listing",
    "LocalFile",
    "Logprobs",
    "MAX_FRAME_BYTES",
    "MISSING",
    "MediaBlock",
    "MediaLimits",
    "MessageBuilder",
    "ModelCall",
    "ModelMiddleware",
    "NDJSONFraming",
    "Operation",
    "Page",
    "PartialJSON",
    "Pause",
    "ReadResponse",
    "Reasoning",
    "Request",
    "RequestHead",
    "Response",
    "ResponseHead",
    "ResponseSchema",
    "ResultFile",
    "Run",
    "Runtime",
    "SSEParser",
    "Segments",
    "ServerTool",
    "ServerToolEncoder",
    "ServerToolTable",
    "ServerToolWire",
    "SizeLimit",
    "StepContext",
    "Steps",
    "StreamReader",
    "StreamingClientTransport",
    "TokenLogprob",
    "ToolSpec",
    "TopLogprob",
    "Transport",
    "WireModel",
    "WireNames",
    "aperform_steps",
    "arguments_delta",
    "block_delta",
    "call_delta",
    "choose_reasoning",
    "class_for_status",
    "clean_key",
    "connection_settings",
    "current_cancel_scope",
    "decode_answer",
    "decode_reply",
    "drop_middleware",
    "effort_words",
    "encode_binary_message",
    "encode_row",
    "estimate_tokens",
    "file_form",
    "get_provider",
    "images_to_user",
    "is_cut_off",
    "is_out_of_resources",
    "join_url",
    "json_content",
    "media_url",
    "middleware_of",
    "mime_type_of_name",
    "multipart_form",
    "name_in_text",
    "object_schema",
    "operation_content",
    "operation_head",
    "own_values",
    "parse_arguments",
    "parse_header_lines",
    "parse_json",
    "perform_steps",
    "read_answer_schema",
    "read_data_url",
    "read_line",
    "read_reasoning",
    "read_refusal",
    "read_retry_after",
    "read_seconds",
    "refuse_additional_kwargs",
    "required_mime_type",
    "retry_delay",
    "reveal",
    "settle",
    "text_delta",
    "then_raise",
    "to_closed_schema",
    "to_messages",
    "to_tool_spec",
    "token_logprob",
    "total_usage",
    "use_middleware",
    "wait_until_done",
    "wrap_model",
    "write_arguments",
]

# A plugin or a codec loads what it needs and nothing of the connection.
__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "chains.partial_json": "MISSING PartialJSON",
        "concurrency.cancellation": "current_cancel_scope wait_until_done",
        "concurrency.fork_lock": "ForkLock",
        "errors": "class_for_status",
        "json_text": "parse_arguments parse_json",
        "messages.answer_images": "images_to_user",
        "messages.argument_pieces": "ArgumentPieces",
        "messages.media_blocks": "MediaBlock media_url required_mime_type",
        "messages.chunks": "MessageBuilder arguments_delta block_delta call_delta settle"
        " text_delta",
        "messages.convert": "refuse_additional_kwargs to_messages",
        "messages.cut_off": "is_cut_off",
        "messages.logprobs": "Logprobs TokenLogprob TopLogprob token_logprob",
        "messages.media_limits": "MediaLimits SizeLimit",
        "messages.media_types": "mime_type_of_name read_data_url",
        "messages.message": "FinishReason",
        "messages.call_ids": "CallIds CallPosition",
        "messages.names_in_text": "name_in_text",
        "messages.parts": "write_arguments",
        "messages.usage": "total_usage",
        "models.answer_schema": "read_answer_schema",
        "models.middleware": "AsyncSegments ModelCall ModelMiddleware Segments drop_middleware"
        " middleware_of use_middleware wrap_model",
        "models.cache_marks": "CacheMarks",
        "models.batch_jobs": "BatchJobs JobAnswer JobCounts JobRows JobState JobStatus ResultFile"
        " decode_answer encode_row read_line",
        "models.file_store": "FileStore",
        "models.model_list": "Listing Page",
        "models.model_settings": "Connection connection_settings reveal",
        "models.reasoning_setting": "Reasoning choose_reasoning effort_words own_values"
        " read_reasoning",
        "models.server_tool_table": "ServerToolEncoder ServerToolTable ServerToolWire",
        "models.server_tools": "ServerTool",
        "models.steps": "Pause Steps aperform_steps perform_steps",
        "models.token_count": "estimate_tokens",
        "models.wire_model": "WireModel",
        "rate_limits.headers": "read_retry_after read_seconds",
        "registry": "get_provider",
        "retry": "retry_delay",
        "runnables.engine.accumulators": "Accumulator Latest",
        "runnables.engine.runtime": "Branch Runtime",
        "runnables.engine.scope": "Chunks StepContext",
        "runs.run": "Run",
        "tools.closed_schema": "to_closed_schema",
        "tools.names": "WireNames",
        "tools.object_schema": "object_schema",
        "tools.schema": "to_tool_spec",
        "tools.spec": "CallOptions ResponseSchema ToolSpec",
        "wire.binary_frames": "BinaryFraming BinaryMessage encode_binary_message",
        "wire.candidates": "CandidateWire",
        "wire.client_transport": "ClientTransport StreamingClientTransport",
        "wire.decoder": "Decoder StreamReader decode_reply read_refusal",
        "wire.file_content": "FileContent LocalFile",
        "wire.framing": "Frame Framing MAX_FRAME_BYTES then_raise",
        "wire.header_values": "clean_key",
        "wire.http_transport": "HTTPTransport json_content operation_content",
        "wire.json_array": "JSONArrayFraming",
        "wire.json_body": "JSONBodyFraming",
        "wire.key_function": "KEY_FOLLOWS KeyFunction",
        "wire.multipart": "file_form multipart_form",
        "wire.ndjson": "NDJSONFraming",
        "wire.operation": "Operation",
        "wire.operation_head": "operation_head",
        "wire.read_response": "ReadResponse",
        "wire.request_head": "RequestHead join_url parse_header_lines",
        "wire.resource_failures": "is_out_of_resources",
        "wire.response_head": "ResponseHead",
        "wire.sse": "SSEParser",
        "wire.transport": "Request Response Transport",
    },
    __all__,
    package="chat_core",
)
