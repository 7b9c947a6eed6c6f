"""How an answer is shown: as plain text, as live Markdown, as JSON, or as events."""
