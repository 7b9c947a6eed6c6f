"""Advice on the laws of history, tools, structured output, media, reasoning and citations."""

from __future__ import annotations

from .advice import Advice

__all__ = ["ADVICE"]

ADVICE: dict[str, Advice] = {
    # history
    "test_the_system_message_is_sent": Advice(
        "`encode.py` handles user and assistant alone, and skips other roles.",
        "Write the system message where the vendor takes it: as a turn, or as a parameter of its "
        "own.",
    ),
    "test_turns_are_sent_in_order": Advice(
        "`encode.py` groups turns by their role, or sorts them.",
        "Write one turn after the other, in the order of the messages.",
    ),
    "test_every_form_of_input_means_the_same": Advice(
        "`invoke` is overridden and reads its input itself.",
        "Do not override `invoke`; `_encode` gets messages that core has read.",
    ),
    "test_an_answer_can_be_sent_back": Advice(
        "`encode.py` does not write an `AIMessage`, or drops some of its blocks.",
        "Write each block of an answer as the vendor takes it back, in its order.",
    ),
    "test_an_answer_of_another_vendor_can_be_sent": Advice(
        "`encode.py` refuses blocks that it does not know also in answers of others.",
        "Send text and calls of another vendor's answer; leave out what only that vendor reads.",
    ),
    "test_another_vendors_secrets_stay_behind": Advice(
        "`extras` and ids are written without asking whose answer it is.",
        'Write them only where `response_metadata["model_provider"]` is your provider id.',
    ),
    "test_a_conversation_without_messages_is_refused": Advice(
        "`_encode` is called for an empty list by an overridden method.",
        "Do not override `invoke` and `stream`; core refuses the list.",
    ),
    "test_a_result_without_its_call_is_refused": Advice(
        "The check of a conversation is bypassed by an overridden method.",
        "Do not override `invoke` and `stream`; core checks the conversation.",
    ),
    "test_nonsense_as_input_is_refused": Advice(
        "Unknown input is turned into text with `str()`.",
        "Do not override `invoke` and `stream`; core reads the input.",
    ),
    "test_a_conversation_survives_json": Advice(
        "The decoder puts values into `extras` or metadata that JSON cannot hold.",
        "Keep strings, numbers, lists and dicts alone in `extras` and `response_metadata`.",
    ),
    "test_input_is_left_as_it_was": Advice(
        "`encode.py` changes a message or a dict that it was given.",
        "Build new dicts; copy what has to be changed.",
    ),
    "test_a_conversation_may_be_sent_twice": Advice(
        "`encode.py` uses a random id, a clock or a counter.",
        "Make ids from what is in the messages, such as the place of a call.",
    ),
    # lossless
    "test_no_key_of_a_dict_message_is_dropped": Advice(
        "`encode.py` ignores `additional_kwargs` of messages or `extras` of blocks.",
        "Write the keys, or refuse them by name with `refuse_additional_kwargs`.",
    ),
    "test_the_name_of_a_speaker_is_sent": Advice(
        "`encode.py` ignores `message.name`.",
        "Write the name, or raise an `InvalidParameterError` that says the vendor has none.",
    ),
    "test_half_a_surrogate_pair_is_not_sent": Advice(
        "Text is put into the body after core has checked it.",
        "Take text from the blocks of the messages, and let core write the JSON.",
    ),
    "test_an_answer_can_be_sent_on_however_it_ended": Advice(
        "`encode.py` writes an empty turn, or a call whose arguments are no JSON, which the "
        "vendor refuses.",
        "Write `InvalidToolCall` in the form that the vendor accepts, and leave out empty parts.",
    ),
    # tools
    "test_tools_are_offered_with_all_that_is_known_of_them": Advice(
        "`encode.py` drops the description or the schema of a tool.",
        "Write `name`, `description` and `parameters` of each `ToolSpec`.",
    ),
    "test_a_call_arrives": Advice(
        "`decode.py` does not read the vendor's form of a call, or loses its id.",
        "Give a `ToolCallChunk` (or `ToolCall`) with name, arguments, id and index.",
    ),
    "test_an_answer_with_a_call_has_the_reason_tool_calls": Advice(
        "The vendor's finish reason for calls is not in the table of finish reasons.",
        "Map it to `tool_calls`.",
    ),
    "test_a_call_without_arguments_has_none": Advice(
        "Empty arguments are parsed as JSON, and fail.",
        "Give the empty string on; core reads it as `{}`.",
    ),
    "test_calls_stay_apart": Advice(
        "All calls get the same index, or ids are lost, so that merging joins them.",
        "Give each call its own `index`, and its id in the first delta.",
    ),
    "test_arguments_are_streamed": Advice(
        "The decoder collects the arguments of a call and gives them at its end.",
        "Give each piece as a `ToolCallChunk` with the index of its call; core joins and parses "
        "them.",
    ),
    "test_the_name_of_a_call_comes_once": Advice(
        "Each delta repeats the name of its call.",
        "Give name and id in the first delta alone.",
    ),
    "test_a_schema_that_refers_to_nothing_is_refused": Advice(
        "The class overrides `bind_tools` or `with_structured_output`, and reads schemas itself.",
        "Leave both as they are in `ChatModel`, or read tools with `to_tool_spec`.",
    ),
    "test_arguments_may_be_deep": Advice(
        "Arguments are changed on their way, for instance parsed and written again.",
        "Give the vendor's text on unchanged.",
    ),
    "test_text_before_a_call_stays_before_it": Advice(
        "The decoder puts all text into one block behind the calls, or gives wrong indexes.",
        "Number blocks in the order of the wire.",
    ),
    "test_the_choice_among_tools_is_sent": Advice(
        "`encode.py` ignores `options.tool_choice`.",
        "Write all four forms of it, or name `tool_choice` in `lacks` of the simulator if the "
        "wire has none.",
    ),
    "test_calls_can_be_had_one_by_one": Advice(
        "`encode.py` ignores `options.parallel_tool_calls`.",
        "Write it, or do not declare `parallel_switch`.",
    ),
    "test_a_result_can_be_sent_back": Advice(
        "`encode.py` drops a `ToolMessage`, or writes results in another order than the calls.",
        "Write each result with the id of its call, in the order of the messages.",
    ),
    "test_a_result_is_tied_to_its_call": Advice(
        "The id of the call is not written with the result.",
        "Write `tool_call_id` of the `ToolMessage` where the vendor expects it.",
    ),
    "test_a_failed_result_is_marked_as_failed": Advice(
        "The text of a failed result is left out.",
        "Write the text of each result, whatever its `status`.",
    ),
    "test_arguments_cut_short_are_no_call": Advice(
        "The decoder parses the arguments early, or closes open brackets.",
        "Give the text on unchanged; core decides whether it is a call.",
    ),
    "test_arguments_that_are_not_json_are_no_call": Advice(
        "The decoder replaces arguments that do not parse with `{}`.",
        "Give the text on unchanged; core makes an `InvalidToolCall` of it.",
    ),
    "test_a_call_is_no_call_before_the_answers_end": Advice(
        "The decoder gives a `ToolCall` as soon as the arguments happen to parse.",
        "Give `ToolCallChunk`s; core makes calls of them when the answer is whole.",
    ),
    # structured
    "test_objects_come_through_a_tool": Advice(
        "The tool of the schema is not sent, or its arguments are lost.",
        "See the laws on tools first; `with_structured_output` uses the same path.",
    ),
    "test_objects_come_by_the_vendors_schema_mode": Advice(
        "`options.response_schema` is not written, or the answer's text is changed.",
        "Write the schema in `encode.py`, or do not declare `native_schema`.",
    ),
    "test_the_schema_is_sent": Advice(
        "`encode.py` asks for any JSON object and drops the schema.",
        "Write `options.response_schema.schema` with its descriptions.",
    ),
    "test_the_raw_answer_can_be_had_too": Advice(
        "`with_structured_output` is overridden and drops `include_raw`.",
        "Do not override it; core keeps the answer.",
    ),
    "test_an_answer_that_does_not_fit_is_an_error": Advice(
        "`with_structured_output` is overridden and does not validate.",
        "Do not override it; core validates the object.",
    ),
    "test_text_instead_of_an_object_is_an_error": Advice(
        "A missing object is given as `None`.",
        "Do not override `with_structured_output`.",
    ),
    "test_the_raw_answer_explains_a_misfit": Advice(
        "An error is raised although `include_raw` is set.",
        "Do not override `with_structured_output`.",
    ),
    "test_a_schema_is_sent_whole_or_refused_by_name": Advice(
        "`encode.py` drops what the vendor's dialect of JSON schema lacks, or sends it for an "
        "error of the vendor.",
        "Raise `InvalidParameterError` naming the place and `method='function_calling'`; "
        "`to_closed_schema` does so for vendors that take closed schemas.",
    ),
    # growing
    "test_objects_from_a_tool_grow_while_they_stream": Advice(
        "The decoder keeps the arguments of a call until they are whole.",
        "Give each delta of arguments as a `ToolCallChunk`, or do not declare "
        "`streamed_arguments`.",
    ),
    "test_objects_grow_in_the_vendors_schema_mode": Advice(
        "In schema mode the model asks for a whole answer, or the decoder keeps its text.",
        "Stream the text of structured answers as any other.",
    ),
    "test_no_part_of_a_value_is_shown": Advice(
        "`with_structured_output` is overridden and shows values that are not whole.",
        "Do not override it; core shows what has arrived.",
    ),
    "test_growing_objects_are_in_the_events": Advice(
        "`stream_events` is overridden, or the chain reports one whole object.",
        "Do not override `with_structured_output`; core reports each object.",
    ),
    "test_a_wrong_call_is_sent_back_with_what_was_wrong": Advice(
        "`encode.py` drops results of tools whose `status` is `error`.",
        "Send the result's text whatever its status is.",
    ),
    "test_a_wrong_answer_is_sent_back_with_what_was_wrong": Advice(
        "`encode.py` sends the last message alone, or drops answers.",
        "Send the whole conversation.",
    ),
    "test_the_last_error_is_raised_when_no_answer_fits": Advice(
        "`with_structured_output` is overridden and gives something where nothing fits.",
        "Do not override it; core raises the last error.",
    ),
    "test_the_usage_of_all_attempts_is_counted": Advice(
        "`with_structured_output` is overridden and gives the last answer's usage.",
        "Do not override it; core adds up the usage of all attempts.",
    ),
    "test_the_chunks_come_beside_the_growing_object": Advice(
        "`with_structured_output` is overridden and drops chunks.",
        "Do not override it; core gives each chunk with the object so far.",
    ),
    # media
    "test_media_that_the_model_takes_are_sent": Advice(
        "`encode.py` skips the block, or writes its bytes under another media type.",
        "Write `url` or `base64` and `mime_type` of the block, or do not declare the kind.",
    ),
    "test_media_that_the_model_does_not_take_are_refused": Advice(
        "`encode.py` skips blocks that it does not know.",
        "Raise an `InvalidParameterError` that names the block's class.",
    ),
    # reasoning
    "test_reasoning_is_not_text": Advice(
        "The vendor's reasoning is read into `TextBlock`, or left in the text between marks.",
        "Give it as `ReasoningBlock`, with an index of its own.",
    ),
    "test_reasoning_is_streamed": Advice(
        "The decoder collects reasoning and gives it with the text.",
        "Give each piece as a `ReasoningBlock` when it comes.",
    ),
    "test_a_word_for_reasoning_is_sent_or_refused_by_name": Advice(
        "`_encode` does not put `reasoning_parameters()` into the body.",
        "Override `reasoning_parameters` with a table of words, and merge what it returns into the "
        "body; raise `InvalidRequestError` with `choose_reasoning` for a word without an entry.",
    ),
    "test_the_vendors_own_parameter_wins_over_the_word": Advice(
        "`reasoning_parameters` looks at `reasoning` alone.",
        "Return what the user has set by the vendor's own name, in `model_kwargs` too, and ask the "
        "table only where there is nothing.",
    ),
    "test_a_word_for_reasoning_counts_for_one_call": Advice(
        "`reasoning_parameters` keeps what it found on the model or its class.",
        "Work the parameters out of the settings at each call.",
    ),
    "test_sealed_reasoning_goes_back_as_it_came": Advice(
        "The signature is dropped, or written in another form.",
        "Keep it in `extras` of the `ReasoningBlock`, and write it back unchanged.",
    ),
    "test_reasoning_stays_before_the_call_it_led_to": Advice(
        "`encode.py` writes calls first and other blocks after them.",
        "Write the blocks in their order.",
    ),
    # citations
    "test_a_citation_names_its_source": Advice(
        "Citations are dropped, or their address or title is.",
        "Put `Citation(url=…, title=…)` on the `TextBlock` that they belong to.",
    ),
    "test_a_citation_points_at_its_words": Advice(
        "Offsets of the vendor count bytes, or the text of all blocks.",
        "Convert them to characters within the text of the block.",
    ),
}
