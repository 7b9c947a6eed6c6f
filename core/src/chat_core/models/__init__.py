"""Chat models: their settings, the ways to call them, their streams, and structured output.

``model.py`` holds ``ChatModel``; ``wire_model.py`` holds ``WireModel``, the base of every model
that is reached over HTTP.
"""
