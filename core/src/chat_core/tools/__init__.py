"""Tools: functions that a model may call, their JSON schemas, and the options of a call."""
