"""Puts the same faults to chat-core, an SDK and two frameworks, and compares what comes of them.

`python -m peer_faults`, with `scripts` and `scripts/bench` on the path of imports: `make peers`.
"""
