"""What stands before and behind a model in a chain: prompts, and parsers of its output.

``prompts.py`` makes messages from variables, ``parsers.py`` makes values from text, and
``partial_json.py`` reads JSON of which the end has not arrived yet.
"""
