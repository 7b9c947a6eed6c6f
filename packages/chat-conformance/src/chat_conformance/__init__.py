"""The conformance kit: the same tests for every chat-core provider, offline."""
