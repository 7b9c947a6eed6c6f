"""Descriptions of vendors' parameters, for the fields whose classes have none; Markdown.

A class's own docstring wins. A name means the same at every vendor that has it.
"""

from __future__ import annotations

__all__ = ["DESCRIPTIONS", "SHARED"]

SHARED = {
    "temperature": "randomness of the answer; 0 for as little as possible.",
    "top_p": "sample from the likeliest tokens that together have this probability.",
    "max_tokens": "the most tokens of an answer.",
    "stop": "the answer ends before the first of these texts.",
}
"""The sampling settings of every model."""

DESCRIPTIONS = {
    **SHARED,
    # of several vendors
    "frequency_penalty": "-2 to 2: makes a token less likely the more often it has occurred.",
    "presence_penalty": "-2 to 2: makes a token that has occurred less likely.",
    "repetition_penalty": "above 1: makes tokens that have occurred less likely.",
    "seed": "the same answer to the same request, as far as the vendor can.",
    "logit_bias": "by the id of a token, what is added to its logit (-100 to 100).",
    "logprobs": "whether the answer has the log probabilities of its tokens; with a number also"
    " those of so many of the likeliest tokens at each place.",
    "top_logprobs": "how many likely tokens to report at each place.",
    "n": "how many candidates the vendor writes.",
    "user": "an opaque id of your user.",
    "metadata": "kept with the request by the vendor.",
    "service_tier": "which capacity serves the request.",
    "store": "whether the vendor keeps the answer.",
    "response_format": "the form of the answer; `with_structured_output` sets it.",
    "top_k": "sample from so many of the likeliest tokens.",
    "min_p": "sample from tokens with at least this share of the likeliest one's probability.",
    "max_completion_tokens": "the most tokens of an answer, reasoning included.",
    "reasoning_effort": "how much the model reasons.",
    "prediction": "text that the answer will mostly repeat, which makes it faster.",
    "prompt_cache_key": "requests with the same key share a cached prefix more often.",
    "stream_options": "options of the stream, such as `include_usage`.",
    "stream_usage": "whether a stream reports token usage.",
    # OpenAI
    "api": '`"chat-completions"` or `"responses"`.',
    "audio": "voice and format of a spoken answer.",
    "modalities": 'what the answer consists of: `["text"]`, or `["text", "audio"]`.',
    "moderation": "how the vendor checks what goes in and comes out.",
    "prompt_cache_options": "options of the prompt cache.",
    "prompt_cache_retention": "how long a prefix stays in the prompt cache.",
    "safety_identifier": "an opaque id of your user, for the vendor's abuse checks.",
    "verbosity": "how long the answer is.",
    "web_search_options": "options of the web search of search models.",
    "access_programs": "programmes under which the request is made.",
    "background": "Responses: answer in the background.",
    "background_options": "Responses: options of answers in the background.",
    "context_management": "Responses: how the vendor shortens a context that is too long.",
    "conversation": "Responses: the id of a conversation that the vendor holds.",
    "image": "Responses: options of generated images.",
    "include": "Responses: what else the answer has, such as `reasoning.encrypted_content`.",
    "instructions": "Responses: a system message for this request alone.",
    "max_tool_calls": "Responses: the most calls of server tools in one answer.",
    "previous_response_id": "Responses: the id of the answer that the request follows.",
    "prompt": "Responses: a prompt template that the vendor stores, with its variables.",
    "reasoning": "Responses: `effort` and `summary` of reasoning.",
    "text": "Responses: format and verbosity of text.",
    "truncation": 'Responses: `"auto"` drops old messages of a context that is too long.',
    # Google
    "api_version": "the first part of the path.",
    "audio_transcription_config": "how audio is transcribed.",
    "cached_content": "the resource of a cached prefix.",
    "candidate_count": "how many candidates the vendor writes.",
    "enable_enhanced_civic_answers": "whether answers about civic matters are enhanced.",
    "image_config": "options of generated images.",
    "labels": "labels of the request, for billing reports.",
    "response_json_schema": "a JSON schema for the answer; `with_structured_output` sets it.",
    "response_logprobs": "whether the answer has the log probabilities of its tokens.",
    "response_mime_type": "the media type of the answer; `with_structured_output` sets it.",
    "response_schema": "Google's own form of a schema for the answer.",
    "thinking_config": "`thinking_budget` or `thinking_level`, and `include_thoughts`.",
    # Groq
    "citation_options": "whether the answer cites `documents`.",
    "exclude_domains": "domains that the web search leaves out; `search_settings` replaces it.",
    "function_call": "the older form of `tool_choice`.",
    "functions": "the older form of tools.",
    "include_domains": "the only domains of the web search; `search_settings` replaces it.",
    # Fireworks
    "context_length_exceeded_behavior": '`"truncate"` lowers `max_tokens`, `"error"` refuses.',
    "echo": "whether the answer begins with the prompt.",
    "echo_last": "how many of the prompt's last tokens the answer begins with.",
    "ignore_eos": "whether the model writes on after its end-of-sequence token.",
    "mirostat_lr": "the learning rate of Mirostat sampling.",
    "mirostat_target": "the target perplexity of Mirostat sampling.",
    "prompt_cache_isolation_key": "requests with different keys never share a cached prefix.",
    "prompt_cache_max_len": "the most tokens of the prompt that are taken from the cache.",
    "prompt_truncate_len": "the prompt is cut to so many tokens.",
    "return_token_ids": "whether the answer has the ids of its tokens.",
    "safe_tokenization": "whether special tokens in messages are read as plain text.",
    "sampling_mask": "which tokens may be sampled.",
    "speculation": "text or tokens that the answer will mostly repeat, which makes it faster.",
    "typical_p": "locally typical sampling: the probability mass of tokens to sample from.",
}
