"""Write a language model of 1 MB whose answers are known: `python talker.py FILE [MANNER]`.

The model is a llama of one layer whose attention and feed-forward weights are zero, so that only
the embedding of the last token reaches the output. Embeddings are one-hot, so the output matrix is
a table: row = next token, column = last token, value = score. The highest scores spell `SENTENCE`;
every other byte has a low score, so that a grammar can lead the model to any JSON. Nothing is
random: the same manner gives the same file.

Manners: `talk` (say the sentence and stop), `think` (reason first), `call` (call a tool after the
sentence), `endless` (repeat the sentence until somebody stops it).
"""

from __future__ import annotations

import sys
from itertools import pairwise
from typing import Any

import numpy as np
from gguf import GGUFWriter, TokenType

SENTENCE: tuple[bytes, ...] = (
    b"Fish",
    b" say",
    *(b" \xc3", b"\xb6"),  # one character, cut into its bytes
    b" or",
    *(b" \xe4", b"\xb8", b"\x96"),
    b", with",
    *(b" \xf0", b"\x9f", b"\x90", b"\x99"),
    b" and",
    b" blub",
    b".",
)
THOUGHT: tuple[bytes, ...] = (b"Let", b" me", b" think")
CONTROL = ("<|im_start|>", "<|im_end|>")
MARKS = ("<think>", "</think>", "<tool_call>", "</tool_call>")
VOCABULARY = 320
"""Tokens, and the width of an embedding: one place for each token."""

TEMPLATE = """\
{%- if tools %}<|im_start|>system
Functions, in <tools></tools>:
<tools>
{%- for tool in tools %}
{{ tool | tojson }}
{%- endfor %}
</tools>
To call one write <tool_call>
{"name": <name>, "arguments": <object>}
</tool_call><|im_end|>
{% endif %}
{%- for message in messages %}
{%- if message.role == 'assistant' %}<|im_start|>assistant
{% if message.reasoning_content %}<think>
{{ message.reasoning_content }}
</think>

{% endif %}{{ message.content or '' }}
{%- for call in message.tool_calls or [] %}
<tool_call>
{"name": "{{ call.function.name }}", "arguments": {{ call.function.arguments | tojson }}}
</tool_call>
{%- endfor %}<|im_end|>
{% elif message.role == 'tool' %}<|im_start|>user
<tool_response>
{{ message.content }}
</tool_response><|im_end|>
{% else %}<|im_start|>{{ message.role }}
{{ message.content }}<|im_end|>
{% endif %}
{%- endfor %}
{%- if add_generation_prompt %}<|im_start|>assistant
{% if enable_thinking is defined and enable_thinking is false %}<think>

</think>

{% endif %}
{%- endif %}"""
"""A chat template of which llama.cpp knows how it marks reasoning and calls."""


def _byte_names() -> list[str]:
    """How GPT-2's tokenizer spells each byte: printable ones as they are, others from U+0100 on."""
    printable = {*range(33, 127), *range(161, 173), *range(174, 256)}
    names, other = [], 0
    for byte in range(256):
        if byte in printable:
            names.append(chr(byte))
        else:
            names.append(chr(256 + other))
            other += 1
    return names


def _tokens() -> list[str]:
    """All tokens: each byte, the marks of the template, the pieces of the texts."""
    spelling = _byte_names()
    pieces = ["".join(spelling[byte] for byte in piece) for piece in (*SENTENCE, *THOUGHT)]
    tokens = list(dict.fromkeys([*spelling, *CONTROL, *MARKS, *pieces]))
    return tokens + [f"[unused {number}]" for number in range(len(tokens), VOCABULARY)]


def _types(tokens: list[str]) -> list[int]:
    def type_of(token: str) -> int:
        if token in CONTROL:
            return int(TokenType.CONTROL)
        if token in MARKS:
            return int(TokenType.USER_DEFINED)
        return int(TokenType.UNUSED if token.startswith("[unused") else TokenType.NORMAL)

    return [type_of(token) for token in tokens]


def _scores(tokens: list[str], manner: str) -> Any:
    """The table of scores for one manner."""
    number = {token: position for position, token in enumerate(tokens)}
    spelling = _byte_names()

    def token(piece: bytes) -> int:
        return number["".join(spelling[byte] for byte in piece)]

    scores = np.full((VOCABULARY, VOCABULARY), -30.0, np.float32)
    scores[:256, :] = 0.0  # any byte may come where a grammar forbids the rest
    scores[[number['"'], number["}"], number["]"]], :] = 3.0  # and JSON soon ends
    scores[number["<|im_end|>"], :] = 2.0
    scores[token(b"\n"), number["}"]] = 6.0
    scores[token(b"\n"), number["<tool_call>"]] = 12.0

    def spell(pieces: tuple[bytes, ...], *before: int) -> None:
        path = [token(piece) for piece in pieces]
        scores[path[0], list(before)] = 12.0
        for one, following in pairwise(path):
            scores[following, one] = 12.0

    spell(SENTENCE, token(b"\n"), number["</think>"])
    spell(THOUGHT, number["<think>"])
    scores[number["</think>"], token(THOUGHT[-1])] = 12.0
    after = {"talk": "<|im_end|>", "think": "<|im_end|>", "call": "<tool_call>"}.get(manner)
    end = token(SENTENCE[-1])
    scores[number["<tool_call>"], end] = 11.0  # where a grammar demands a call
    scores[number[after] if after else token(SENTENCE[0]), end] = 14.0
    scores[number["<|im_end|>"], number["</tool_call>"]] = 14.0
    scores[number["<think>"], token(b"\n")] = 14.0 if manner == "think" else 11.0
    return scores


def write(path: str, manner: str) -> None:
    """Write the model to `path`."""
    tokens = _tokens()
    writer = GGUFWriter(path, "llama")
    writer.add_name("talker")
    writer.add_context_length(8192)
    writer.add_embedding_length(VOCABULARY)
    writer.add_block_count(1)
    writer.add_feed_forward_length(32)
    writer.add_head_count(8)
    writer.add_head_count_kv(1)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens)
    writer.add_token_types(_types(tokens))
    writer.add_token_merges(["Ġ Ġ"])
    writer.add_bos_token_id(tokens.index("<|im_start|>"))
    writer.add_eos_token_id(tokens.index("<|im_end|>"))
    writer.add_add_bos_token(False)
    writer.add_chat_template(TEMPLATE)
    # The last normalisation multiplies a one-hot vector by the root of its width.
    table = (_scores(tokens, manner) / np.sqrt(VOCABULARY)).astype(np.float16)
    writer.add_tensor("token_embd.weight", np.eye(VOCABULARY, dtype=np.float16))
    writer.add_tensor("output.weight", table)
    writer.add_tensor("output_norm.weight", np.ones(VOCABULARY, np.float32))
    for name in ("attn_norm", "ffn_norm"):
        writer.add_tensor(f"blk.0.{name}.weight", np.ones(VOCABULARY, np.float32))
    shapes = {
        "attn_q": (VOCABULARY, VOCABULARY),
        "attn_k": (VOCABULARY // 8, VOCABULARY),
        "attn_v": (VOCABULARY // 8, VOCABULARY),
        "attn_output": (VOCABULARY, VOCABULARY),
        "ffn_gate": (32, VOCABULARY),
        "ffn_up": (32, VOCABULARY),
        "ffn_down": (VOCABULARY, 32),
    }
    for name, shape in shapes.items():
        writer.add_tensor(f"blk.0.{name}.weight", np.zeros(shape, np.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    write(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "talk")
