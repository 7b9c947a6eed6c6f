"""The names of OpenTelemetry's semantic conventions for generative models, and of what we add.

Version: ``gen-ai-dev/1.42.0-dev``, on the general conventions 1.44.0. Those for generative models
have no stable release, and the Python package of the conventions has their names as deprecated
constants alone, so the names stand here. Metrics are named as ``opentelemetry-util-genai`` 1.3b0,
which the instrumentations of the OpenTelemetry project use, records them.

https://github.com/open-telemetry/semantic-conventions-genai
"""

from __future__ import annotations

SCHEMA_URL = "https://opentelemetry.io/schemas/gen-ai-dev/1.42.0-dev"

CAPTURE_VARIABLE = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"

# --- operations

OPERATION = "gen_ai.operation.name"
CHAT = "chat"
EXECUTE_TOOL = "execute_tool"
INVOKE_WORKFLOW = "invoke_workflow"

PROVIDER = "gen_ai.provider.name"
CONVERSATION = "gen_ai.conversation.id"
WORKFLOW = "gen_ai.workflow.name"
ERROR_TYPE = "error.type"
SERVER_ADDRESS = "server.address"
SERVER_PORT = "server.port"

# --- the request of a model

REQUEST_MODEL = "gen_ai.request.model"
REQUEST_STREAM = "gen_ai.request.stream"
CHOICE_COUNT = "gen_ai.request.choice.count"

# --- its answer

RESPONSE_ID = "gen_ai.response.id"
RESPONSE_MODEL = "gen_ai.response.model"
FINISH_REASONS = "gen_ai.response.finish_reasons"
TIME_TO_FIRST_CHUNK = "gen_ai.response.time_to_first_chunk"

INPUT_TOKENS = "gen_ai.usage.input_tokens"
OUTPUT_TOKENS = "gen_ai.usage.output_tokens"
CACHE_READ = "gen_ai.usage.cache_read.input_tokens"
CACHE_WRITE = "gen_ai.usage.cache_write.input_tokens"
REASONING_TOKENS = "gen_ai.usage.reasoning.output_tokens"
AUDIO_INPUT = "gen_ai.usage.audio.input_tokens"
AUDIO_OUTPUT = "gen_ai.usage.audio.output_tokens"

# --- content, only where it is asked for

INPUT_MESSAGES = "gen_ai.input.messages"
OUTPUT_MESSAGES = "gen_ai.output.messages"
TOOL_ARGUMENTS = "gen_ai.tool.call.arguments"
TOOL_RESULT = "gen_ai.tool.call.result"

# --- tools

TOOL_NAME = "gen_ai.tool.name"
TOOL_TYPE = "gen_ai.tool.type"
TOOL_CALL_ID = "gen_ai.tool.call.id"
TOOL_DESCRIPTION = "gen_ai.tool.description"

# --- metrics

DURATION_METRIC = "gen_ai.client.operation.duration"
TOKENS_METRIC = "gen_ai.client.token.usage"
FIRST_CHUNK_METRIC = "gen_ai.client.operation.time_to_first_chunk"
NEXT_CHUNK_METRIC = "gen_ai.client.operation.time_per_output_chunk"
TOOL_METRIC = "gen_ai.execute_tool.duration"
WORKFLOW_METRIC = "gen_ai.invoke_workflow.duration"
TOKEN_TYPE = "gen_ai.token.type"  # noqa: S105 - a kind of token, no secret

SECONDS = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92]
"""The advised bounds of buckets for the duration of an operation and of a tool."""

CHUNK_SECONDS = [0.001, 0.002, 0.004, 0.008, *SECONDS]
"""Bounds for the times of chunks: those of durations and four below, since a token may take 1 ms.
The conventions advise none."""

WORKFLOW_SECONDS = [1, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200]
"""The advised bounds for workflows."""

TOKENS = [4**power for power in range(14)]
"""The advised bounds of buckets for numbers of tokens: 1, 4, 16 … 67,108,864."""

# --- what the conventions have no name for

COST = "gen_ai.usage.cost"
"""US dollars. The name under which several backends read a cost."""

CANCELLED = "chat.cancelled"
CACHED = "chat.cached"
TAGS = "chat.tags"
METADATA = "chat.metadata."
RUN_INPUT = "chat.input"
RUN_OUTPUT = "chat.output"

PROVIDERS = {
    "azure-openai": "azure.ai.openai",
    "bedrock": "aws.bedrock",
    "google-genai": "gcp.gemini",
    "google-vertexai": "gcp.vertex_ai",
    "mistralai": "mistral_ai",
    "moonshot": "moonshot_ai",
    "xai": "x_ai",
}
"""Provider ids that the conventions spell otherwise. The other ids stand for themselves: anthropic,
groq and openai as the conventions have them, fireworks and ollama, which they do not list."""

HOSTS = {
    "api.deepseek.com": "deepseek",
    "api.moonshot.ai": "moonshot_ai",
    "api.perplexity.ai": "perplexity",
    "api.x.ai": "x_ai",
}
"""Hosts of vendors that the conventions list and that are reached through ``openai-compatible``."""

REQUEST_SETTINGS = {
    "temperature": ("gen_ai.request.temperature", float),
    "top_p": ("gen_ai.request.top_p", float),
    "top_k": ("gen_ai.request.top_k", int),
    "max_tokens": ("gen_ai.request.max_tokens", int),
    "frequency_penalty": ("gen_ai.request.frequency_penalty", float),
    "presence_penalty": ("gen_ai.request.presence_penalty", float),
    "seed": ("gen_ai.request.seed", int),
    "reasoning_effort": ("gen_ai.request.reasoning.level", str),
    "previous_response_id": ("gen_ai.request.previous_response.id", str),
}
"""Settings of model classes, the attributes that report them, and the types of these."""

STOP = "gen_ai.request.stop_sequences"

FINISH_REASON_NAMES = {"tool_calls": "tool_call"}
"""Finish reasons that the conventions spell otherwise than ``response_metadata`` does."""
