"""The hosts of OpenAI's wire that have an id of their own: one row each, which is data alone.

A row has the address, the variables of the key, and what the host does otherwise. Each of these
stands beside its source: a recording by its id, a public report (``owner/repo#123``), a public file
(``owner/repo: path``), or a page of documentation by its address or its name. A fact that no source
is known for is ``None``: the host is then treated as any server of the wire.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from chat_core import InvalidParameterError

__all__ = ["HOSTS", "Fact", "Host", "find_host"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Fact(Generic[T]):
    """A value, and where it is known from."""

    value: T
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """One host.

    Attributes:
        id: the provider id.
        title: the host's name.
        base_url: its address.
        address_source: where the address is known from.
        keys: the variables of the environment with the key, the first before the others; none for
            a server on the user's own machine, which needs no key.
        key_sources: where each of the variables is known from, in their order.
        other_addresses: further addresses, for ``base_url=``.
        start: how a server on the user's own machine is started, as a sentence.
        api: the endpoint that answers, where it is not Chat Completions; ``api=`` of a model wins.
        reasoning: the field that reasoning text comes in, and goes back in.
        unasked_usage: whether a stream ends with its token usage without being asked for it.
        max_tokens: the name of ``max_tokens``.
        tool_choices: the kinds of ``tool_choice`` that Chat Completions takes; empty where it takes
            no tools.
        instead_of_tools: what serves there instead, a sentence without its full stop.
        server_tools: the tools that the host runs on Responses, as the type of each class, where
            they are not those of OpenAI.
        json_schema: whether an answer can be held to a JSON schema.
        json_object: whether an answer can be held to be some JSON object.
        developer: whether messages may have the role ``developer``.
        refused: the parameters that every model of the host refuses.
        errors: the host's own codes of errors (lower case).
        no_models: why ``list_models`` has no list, as the end of a sentence.
    """

    id: str
    title: str
    base_url: str
    address_source: str
    keys: tuple[str, ...] = ()
    key_sources: tuple[str, ...] = ()
    other_addresses: tuple[str, ...] = ()
    start: str = ""
    api: Fact[Literal["responses"]] | None = None
    reasoning: Fact[str] | None = None
    unasked_usage: Fact[bool] | None = None
    max_tokens: Fact[str] | None = None
    tool_choices: Fact[tuple[str, ...]] | None = None
    instead_of_tools: Fact[str] | None = None
    server_tools: Fact[Mapping[str, str]] | None = None
    json_schema: Fact[bool] | None = None
    json_object: Fact[bool] | None = None
    developer: Fact[bool] | None = None
    refused: Fact[tuple[str, ...]] | None = None
    errors: Fact[tuple[str, ...]] | None = None
    no_models: Fact[str] | None = None


_CATALOGUE = "anomalyco/models.dev: providers/{}/provider.toml"
_LITELLM = "BerriAI/litellm: litellm/litellm_core_utils/get_llm_provider_logic.py"

_PERPLEXITY_FORMATS = (
    "https://docs.perplexity.ai/docs/grounded-llm/output-control/structured-outputs"
)

_WITHOUT_NAMES = ("auto", "none", "required")

_ROWS = (
    Host(
        id="cerebras",
        title="Cerebras",
        base_url="https://api.cerebras.ai/v1",
        address_source="https://inference-docs.cerebras.ai/resources/openai",
        keys=("CEREBRAS_API_KEY",),
        key_sources=(_CATALOGUE.format("cerebras"),),
        reasoning=Fact(
            "reasoning", "cerebras-chat-json-cerebras-zai-reasoning-replayed-as-think-tags"
        ),
        developer=Fact(False, "Cerebras: OpenAI Compatibility"),
        refused=Fact(
            ("frequency_penalty", "logit_bias", "presence_penalty"),
            "Cerebras: OpenAI Compatibility",
        ),
    ),
    Host(
        id="dashscope",
        title="Alibaba DashScope",
        base_url="https://dashscope.aliyuncs.com/compatible-mode/v1",
        address_source="https://www.alibabacloud.com/help/doc-detail/2833609.html",
        keys=("DASHSCOPE_API_KEY",),
        key_sources=(_CATALOGUE.format("alibaba"),),
        other_addresses=("https://dashscope-intl.aliyuncs.com/compatible-mode/v1",),
        reasoning=Fact("reasoning_content", "alibaba-chat-json-alibaba-reasoning-0"),
        errors=Fact(
            ("arrearage", "data_inspection_failed", "allocationquota.freetieronly"),
            "Alibaba Cloud Model Studio: Error messages",
        ),
    ),
    Host(
        id="deepinfra",
        title="DeepInfra",
        base_url="https://api.deepinfra.com/v1/openai",
        address_source="https://deepinfra.com/docs/openai_api",
        keys=("DEEPINFRA_API_KEY", "DEEPINFRA_TOKEN", "DEEPINFRA_API_TOKEN"),
        key_sources=(
            _CATALOGUE.format("deepinfra"),
            "https://deepinfra.com/docs/openai_api",
            "https://docs.langchain.com/oss/python/integrations/chat/deepinfra",
        ),
    ),
    Host(
        id="deepseek",
        title="DeepSeek",
        base_url="https://api.deepseek.com",
        address_source=_CATALOGUE.format("deepseek"),
        keys=("DEEPSEEK_API_KEY",),
        key_sources=(_CATALOGUE.format("deepseek"),),
        reasoning=Fact("reasoning_content", "earendil-works/pi#3636"),
        unasked_usage=Fact(True, "deepseek-chat-stream-streaming-with-api-usage-capture-0"),
        tool_choices=Fact(
            ("auto", "none", "required", "named"),
            "deepseek-chat-json-tool-choice-and-calls-control-deepseek-deepseek-chat",
        ),
        json_schema=Fact(False, "llm-exe/llm-exe#662"),
        json_object=Fact(True, "llm-exe/llm-exe#662"),
    ),
    Host(
        id="github",
        title="GitHub Models",
        base_url="https://models.github.ai/inference",
        address_source=_CATALOGUE.format("github-models"),
        keys=("GITHUB_TOKEN", "GITHUB_API_KEY"),
        key_sources=(
            _CATALOGUE.format("github-models"),
            "pydantic/pydantic-ai: pydantic_ai_slim/pydantic_ai/providers/github.py",
        ),
        errors=Fact(("tokens_limit_reached",), "eslint/tsc-meetings#593"),
        no_models=Fact(
            "GitHub lists them outside the address of chat requests, at"
            " https://models.github.ai/catalog/models",
            "GitHub Changelog 2025-05-15: GitHub Models API now available",
        ),
    ),
    Host(
        id="huggingface",
        title="Hugging Face",
        base_url="https://router.huggingface.co/v1",
        address_source=_CATALOGUE.format("huggingface"),
        keys=("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"),
        key_sources=(
            _CATALOGUE.format("huggingface"),
            "gradio-app/gradio#6704",
        ),
        max_tokens=Fact("max_tokens", "hf-together-chat-stream-testinferenceclient"),
        tool_choices=Fact(
            ("auto", "none", "required", "named"), "hf-together-chat-json-tool-choice-matrix"
        ),
    ),
    Host(
        id="hyperbolic",
        title="Hyperbolic",
        base_url="https://api.hyperbolic.xyz/v1",
        address_source="https://docs.litellm.ai/docs/providers/hyperbolic",
        keys=("HYPERBOLIC_API_KEY",),
        key_sources=("https://docs.helicone.ai/getting-started/integration-method/hyperbolic",),
        unasked_usage=Fact(True, "hyperbolic-chat-stream-tape-69ced1ac246b-302"),
        max_tokens=Fact("max_tokens", "hf-hyperbolic-chat-stream-testinferenceclient"),
    ),
    Host(
        id="llama-cpp",
        title="llama.cpp",
        base_url="http://127.0.0.1:8080/v1",
        address_source="llama.cpp: tools/server/README.md",
        start="Start it with `llama-server -m model.gguf --port 8080`.",
        reasoning=Fact("reasoning_content", "llama.cpp: tools/server/README.md"),
        tool_choices=Fact(_WITHOUT_NAMES, "ggml-org/llama.cpp#26535"),
        errors=Fact(("exceed_context_size_error",), "ggml-org/llama.cpp#15780"),
    ),
    Host(
        id="lmstudio",
        title="LM Studio",
        base_url="http://127.0.0.1:1234/v1",
        address_source=_CATALOGUE.format("lmstudio"),
        start="Start it with `lms server start`, or in the app under Developer.",
        tool_choices=Fact(_WITHOUT_NAMES, "lmstudio-ai/lmstudio-bug-tracker#670"),
        json_schema=Fact(True, "lmstudio-ai/lmstudio-bug-tracker#307"),
        json_object=Fact(False, "lmstudio-ai/lmstudio-bug-tracker#189"),
    ),
    Host(
        id="moonshot",
        title="Moonshot AI",
        base_url="https://api.moonshot.ai/v1",
        address_source=_CATALOGUE.format("moonshotai"),
        keys=("MOONSHOT_API_KEY", "KIMI_API_KEY"),
        key_sources=(
            _CATALOGUE.format("moonshotai"),
            "https://moonshotai.github.io/kimi-cli/en/configuration/env-vars.html",
        ),
        other_addresses=("https://api.moonshot.cn/v1",),
        reasoning=Fact("reasoning_content", "Kimi API: Use Kimi K2 Thinking Model"),
        errors=Fact(
            (
                "exceeded_current_quota_error",
                "engine_overloaded_error",
                "rate_limit_reached_error",
            ),
            "Kimi API: Error Codes",
        ),
    ),
    Host(
        id="nebius",
        title="Nebius",
        base_url="https://api.tokenfactory.nebius.com/v1",
        address_source="https://docs.tokenfactory.nebius.com/api-reference/introduction",
        keys=("NEBIUS_API_KEY",),
        key_sources=("https://docs.tokenfactory.nebius.com/api-reference/introduction",),
        unasked_usage=Fact(False, "nebius-chat-stream-tape-2b75bf387ea5-285"),
        max_tokens=Fact("max_tokens", "hf-nebius-chat-stream-testinferenceclient"),
    ),
    Host(
        id="novita",
        title="Novita AI",
        base_url="https://api.novita.ai/openai/v1",
        address_source="https://novita.ai/docs/api-reference/model-apis-llm-create-chat-completion",
        keys=("NOVITA_API_KEY",),
        key_sources=(_CATALOGUE.format("novita-ai"),),
        unasked_usage=Fact(False, "novita-chat-stream-tape-ea389e0d5c0c-292"),
        max_tokens=Fact("max_tokens", "hf-novita-chat-stream-testinferenceclient"),
    ),
    Host(
        id="nvidia",
        title="NVIDIA",
        base_url="https://integrate.api.nvidia.com/v1",
        address_source=_CATALOGUE.format("nvidia"),
        keys=("NVIDIA_API_KEY", "NVIDIA_NIM_API_KEY"),
        key_sources=(
            _CATALOGUE.format("nvidia"),
            _LITELLM,
        ),
    ),
    Host(
        id="openrouter",
        title="OpenRouter",
        base_url="https://openrouter.ai/api/v1",
        address_source=_CATALOGUE.format("openrouter"),
        keys=("OPENROUTER_API_KEY",),
        key_sources=(_CATALOGUE.format("openrouter"),),
        reasoning=Fact("reasoning", "openrouter-chat-json-openrouter-with-reasoning-0"),
        tool_choices=Fact(
            ("auto", "none", "required", "named"),
            "openrouter-chat-json-tool-choice-and-calls-control-openrouter-claude",
        ),
        json_schema=Fact(True, "openrouter-chat-json-with-schema-with-openrouter-claude-haiku"),
        developer=Fact(True, "openrouter-chat-json-function-calling-openrouter-claude-haiku-4-5"),
    ),
    Host(
        id="perplexity",
        title="Perplexity",
        base_url="https://api.perplexity.ai/v1",
        address_source="https://docs.perplexity.ai/docs/agent-api/openai-compatibility",
        keys=("PERPLEXITY_API_KEY", "PPLX_API_KEY"),
        key_sources=(
            "https://docs.perplexity.ai/guides/perplexity-sdk",
            "langchain-ai/langchain: libs/partners/perplexity/README.md",
        ),
        api=Fact("responses", "danielmiessler/Fabric#2276"),
        tool_choices=Fact((), "pipecat-ai/pipecat#4862"),
        instead_of_tools=Fact(
            "its models search the web before each answer; api='responses' takes tools",
            "https://docs.perplexity.ai/docs/agent-api/tools",
        ),
        server_tools=Fact(
            {"WebSearch": "web_search", "WebFetch": "fetch_url", "CodeExecution": "sandbox"},
            "https://docs.perplexity.ai/docs/agent-api/building-agents/give-it-tools",
        ),
        json_schema=Fact(True, _PERPLEXITY_FORMATS),
        json_object=Fact(False, _PERPLEXITY_FORMATS),
        errors=Fact(
            ("invalid_api_key", "too_many_prompt_tokens"),
            "perplexity-chat-json-real-error-scenarios-perplexity-sonar",
        ),
    ),
    Host(
        id="sambanova",
        title="SambaNova",
        base_url="https://api.sambanova.ai/v1",
        address_source=_CATALOGUE.format("sambanova"),
        keys=("SAMBANOVA_API_KEY",),
        key_sources=(_CATALOGUE.format("sambanova"),),
        unasked_usage=Fact(False, "sambanova-chat-stream-tape-7b9851d463a2-128"),
        max_tokens=Fact("max_tokens", "hf-sambanova-chat-stream-testinferenceclient"),
    ),
    Host(
        id="sglang",
        title="SGLang",
        base_url="http://127.0.0.1:30000/v1",
        address_source="https://mintlify.com/sgl-project/sglang/quickstart",
        start="Start it with `python -m sglang.launch_server --model-path MODEL --port 30000`.",
        reasoning=Fact("reasoning_content", "SGLang: Reasoning Parser"),
    ),
    Host(
        id="siliconflow",
        title="SiliconFlow",
        base_url="https://api.siliconflow.com/v1",
        address_source=_CATALOGUE.format("siliconflow"),
        keys=("SILICONFLOW_API_KEY",),
        key_sources=(_CATALOGUE.format("siliconflow"),),
        other_addresses=("https://api.siliconflow.cn/v1",),
        reasoning=Fact("reasoning_content", "SiliconFlow: Reasoning Models"),
        errors=Fact(("30001",), "SiliconFlow: Error Handling"),
    ),
    Host(
        id="together",
        title="Together AI",
        base_url="https://api.together.xyz/v1",
        address_source="pydantic/pydantic-ai: pydantic_ai_slim/pydantic_ai/providers/together.py",
        keys=("TOGETHER_API_KEY", "TOGETHERAI_API_KEY"),
        key_sources=(
            _CATALOGUE.format("togetherai"),
            _LITELLM,
        ),
        reasoning=Fact("reasoning", "hf-together-chat-json-tool-choice-matrix-list-single"),
        unasked_usage=Fact(True, "together-chat-stream-tape-d5c6752ccee8-99"),
        max_tokens=Fact("max_tokens", "hf-together-chat-stream-testinferenceclient"),
        tool_choices=Fact(
            ("auto", "none", "required", "named"), "hf-together-chat-json-tool-choice-matrix"
        ),
    ),
    Host(
        id="vllm",
        title="vLLM",
        base_url="http://127.0.0.1:8000/v1",
        address_source="https://www.mintlify.com/vllm-project/vllm/api/cli/serve",
        start="Start it with `vllm serve MODEL --port 8000`.",
        reasoning=Fact("reasoning", "vllm-project/vllm#27752"),
    ),
    Host(
        id="xai",
        title="xAI",
        base_url="https://api.x.ai/v1",
        address_source="https://docs.x.ai/api/integrations",
        keys=("XAI_API_KEY",),
        key_sources=(_CATALOGUE.format("xai"),),
        reasoning=Fact("reasoning_content", "xai-chat-json-xai-text-0"),
        errors=Fact(
            ("invalid-argument",), "xai-responses-json-error-handling-with-xai-grok-4-1-fast"
        ),
    ),
    Host(
        id="zai",
        title="Z.AI",
        base_url="https://api.z.ai/api/paas/v4",
        address_source=_CATALOGUE.format("zai"),
        keys=("ZAI_API_KEY",),
        key_sources=("zai-org/z-ai-sdk-python: README.md",),
        reasoning=Fact("reasoning_content", "zai-chat-json-zai-model-simple-0"),
        tool_choices=Fact(("auto",), "vectorize-io/hindsight#4246"),
        errors=Fact(("1113", "1261", "1301", "1302"), "Z.AI: Error Codes"),
    ),
    Host(
        id="zhipu",
        title="Zhipu BigModel",
        base_url="https://open.bigmodel.cn/api/paas/v4",
        address_source=_CATALOGUE.format("zhipuai"),
        keys=("ZHIPU_API_KEY", "ZHIPUAI_API_KEY"),
        key_sources=(
            _CATALOGUE.format("zhipuai"),
            "MetaGLM/zhipuai-sdk-python-v4: zhipuai/_client.py",
        ),
        reasoning=Fact("reasoning_content", "zai-chat-json-zai-model-simple-0"),
        tool_choices=Fact(("auto",), "vectorize-io/hindsight#4246"),
        errors=Fact(("1113", "1261", "1301", "1302"), "Z.AI: Error Codes"),
    ),
)

HOSTS = {host.id: host for host in _ROWS}
"""Every host by its id."""


def find_host(name: str) -> Host:
    """The host with this id; case and ``_`` against ``-`` do not matter.

    Raises ``InvalidParameterError`` naming the nearest ids.
    """
    wanted = name.strip().lower().replace("_", "-")
    if wanted in HOSTS:
        return HOSTS[wanted]
    from difflib import get_close_matches

    near = get_close_matches(wanted, HOSTS, n=3)
    guess = f" Did you mean {' or '.join(map(repr, near))}?" if near else ""
    raise InvalidParameterError(
        f"host={name!r} is no host that chat-openai knows.{guess} There are {', '.join(HOSTS)};"
        " any other server is given by base_url=."
    )
