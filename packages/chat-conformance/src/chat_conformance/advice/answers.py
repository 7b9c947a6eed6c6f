"""Advice on the laws of answers, streams and early exits."""

from __future__ import annotations

from .advice import Advice

__all__ = ["ADVICE"]

ADVICE: dict[str, Advice] = {
    # output
    "test_candidates_are_messages_of_their_own": Advice(
        "`_candidate_wire` names another list, or the number is not in the request.",
        "Return a `CandidateWire` with the list of an answer's candidates and the path of their "
        "number; core splits the answer and counts its tokens once.",
    ),
    "test_streamed_candidates_add_up_to_their_messages": Advice(
        "The decoder keeps state on the model, or `index` of the candidates is read wrongly.",
        "Make a new decoder in `_decoder`; each candidate has one of its own.",
    ),
    "test_an_image_that_a_model_makes_is_a_block": Advice(
        "`decode.py` drops parts that are no text, or leaves their type out.",
        "Make an `ImageBlock` of the image, with `base64` (or `url`) and `mime_type`.",
    ),
    "test_sound_that_a_model_makes_is_one_block": Advice(
        "Each delta makes a block of its own, or the type or the words are left out.",
        "Make an `AudioBlock` of each delta, all with one `index`; core joins their `base64` and "
        "`transcript`.",
    ),
    "test_sound_is_streamed": Advice(
        "The decoder collects the deltas of sound until the end.",
        "Return an `AudioBlock` for each delta.",
    ),
    "test_what_a_model_made_can_be_sent_on": Advice(
        "`encode.py` sends media of answers in a shape that the vendor takes from users alone.",
        "Send what the vendor takes back (an id, the part as it came), and leave out the rest.",
    ),
    "test_what_is_asked_for_is_sent_or_refused_by_name": Advice(
        "The class has a field for the setting that `encode.py` does not read.",
        "Send the setting, or remove the field: core refuses what is no field by its name.",
    ),
    "test_a_refused_setting_names_who_has_it": Advice(
        "The class refuses the setting in its own words.",
        "Leave the field out: core refuses it and names providers that have it. Or name one.",
    ),
    "test_candidates_are_refused_where_there_are_none": Advice(
        "`candidates` is overridden, or `_candidate_wire` returns a place that the wire has not.",
        "Leave `_candidate_wire` out where the vendor has no candidates.",
    ),
    # answers
    "test_an_answer_is_the_text_that_was_sent": Advice(
        "The decoder strips, changes or drops text.",
        "Give the vendor's text unchanged, blanks and line ends included.",
    ),
    "test_a_stream_adds_up_to_the_whole_answer": Advice(
        "Streams and whole answers are read by two different functions.",
        "Read both with the same functions: `reply` can feed its parts to `feed`.",
    ),
    "test_an_answer_has_the_vendors_id": Advice(
        "The decoder does not read the id.",
        "Set `id` of the first chunk, or name `answer_id` in `lacks` of the simulator if the wire "
        "has none.",
    ),
    "test_an_answer_has_the_request_id_of_its_head": Advice(
        "The vendor names requests in a header that core does not know, or the response that the "
        "transport gives has no headers.",
        "Put it into `response_metadata` as `request_id`, from `self.head` of the decoder; name "
        "the header in `request_id_header` of the simulator.",
    ),
    "test_an_answer_has_the_rate_limits_of_its_head": Advice(
        "The response that the transport gives has no headers.",
        "Give the headers of the response on to core.",
    ),
    "test_an_answer_names_the_model_that_gave_it": Advice(
        "`model_name` is the model that was asked, not the one in the answer.",
        "Read it from the wire, or name `model_name` in `lacks` of the simulator if the wire has "
        "none.",
    ),
    "test_an_answer_names_its_provider": Advice(
        "The decoder sets no `model_provider`, or another id.",
        'Put `{"model_provider": PROVIDER}` into `response_metadata` of the first chunk.',
    ),
    "test_a_finished_answer_has_the_reason_stop": Advice(
        "The finish reason is not read, or not in the table.",
        "Map the vendor's word for a finished answer to `stop`.",
    ),
    "test_the_vendors_own_finish_reason_is_kept": Advice(
        "`raw_finish_reason` is not set.",
        'Put the vendor\'s word into `response_metadata["raw_finish_reason"]`.',
    ),
    "test_an_answer_cut_by_its_length_has_the_reason_length": Advice(
        "Every finish reason is mapped to `stop`, or the length limit is raised as an error.",
        "Map the vendor's word for the limit to `length`.",
    ),
    "test_a_filtered_answer_has_its_reason": Advice(
        "The vendor's word for a filter is mapped to `stop`, or raised as an error.",
        "Map it to `content_filter`, or name `content_filter` in `lacks` if the wire has none.",
    ),
    "test_a_refusal_is_kept_apart_from_the_text": Advice(
        "The refusal is read as text.",
        "Give it as `RefusalBlock`.",
    ),
    "test_a_refusal_is_the_reason_for_the_end": Advice(
        "The vendor's word for a refusal is mapped to `stop`.",
        "Map it to `refusal` in the table of finish reasons.",
    ),
    "test_an_answer_has_its_usage": Advice(
        "Usage is added up over events, counted twice, or not read.",
        "Give the vendor's counts as `UsageMetadata`; the last ones replace the earlier ones.",
    ),
    "test_usage_that_was_not_sent_is_unknown": Advice(
        "Missing counts are read as 0.",
        "Give `usage_metadata=None` where the vendor sent no counts.",
    ),
    "test_cached_tokens_are_part_of_the_input": Advice(
        "The vendor counts cached tokens apart, and they are not added.",
        "Add them to `input_tokens`, and give their number as `cache_read`.",
    ),
    "test_reasoning_tokens_are_part_of_the_output": Advice(
        "The vendor counts reasoning apart, and it is not added.",
        "Add it to `output_tokens`, and give its number as `reasoning`.",
    ),
    "test_log_probabilities_have_one_shape": Advice(
        "The vendor's own object stands in `response_metadata`, or the stream brings none.",
        "Make each token with `token_logprob`, put the list of them into "
        '`response_metadata["logprobs"]` of the chunk that brings their text, and declare the '
        "setting as `logprobs: Logprobs | None`.",
    ),
    "test_text_of_every_script_survives": Advice(
        "Text is normalized, or bytes are decoded piece by piece.",
        "Leave decoding of bytes to core's framing, and text as it is.",
    ),
    "test_an_empty_answer_is_an_answer": Advice(
        "An answer without text raises an error, or the chunk with the finish reason is dropped.",
        "Give the chunk with the finish reason although it has no text.",
    ),
    "test_unknown_fields_change_nothing": Advice(
        "The decoder validates whole objects and refuses fields that it does not know.",
        "Read the fields that you use, and ignore the others.",
    ),
    # streams
    "test_a_stream_is_the_text_in_order": Advice(
        "Deltas of blanks or line ends are dropped by a test such as `if text.strip()`.",
        "Give every delta that is not the empty string.",
    ),
    "test_a_stream_knows_its_message": Advice(
        "`stream` is overridden and returns another stream class.",
        "Do not override `stream`; core's stream merges the chunks.",
    ),
    "test_a_stream_is_made_of_chunks": Advice(
        "`_stream` yields strings or dicts.",
        "Yield `AIMessageChunk`s, or give them from `Decoder.feed`.",
    ),
    "test_a_chunk_comes_before_the_next_is_sent": Advice(
        "The transport reads the body to its end before it gives anything, or a chunk is held "
        "back.",
        "Ask the client for a streamed response, and give each piece on at once.",
    ),
    "test_a_long_answer_comes_in_many_chunks": Advice(
        "The request does not ask for a stream, or chunks are collected.",
        "Write the vendor's switch for streams into the request, and give each delta as a chunk.",
    ),
    "test_a_model_that_cannot_stream_gives_one_chunk": Advice(
        "The model does not declare `streaming`, and streams all the same.",
        "Declare `streaming` in `capabilities`.",
    ),
    "test_nothing_is_sent_before_the_first_step": Advice(
        "The request is sent when the stream is made.",
        "Make `_stream` a generator, or build on `WireModel`.",
    ),
    "test_it_does_not_matter_where_bytes_are_cut": Advice(
        "Bytes are decoded or split for each packet by itself.",
        "Feed the bytes to a framing of core, which keeps what is not complete.",
    ),
    "test_lines_may_end_in_three_ways": Advice(
        "Lines are split at `\\n` alone.",
        "Use core's `SSEParser`.",
    ),
    "test_comments_bring_nothing": Advice(
        "Every line is read as an event.",
        "Use a framing of core, which skips comments and empty lines.",
    ),
    "test_many_events_may_come_in_one_packet": Advice(
        "Only the first event of a packet is read.",
        "Use a framing of core, or read until no complete event is left.",
    ),
    "test_a_long_stream_arrives_whole": Advice(
        "A limit of the client or of a buffer cuts the answer.",
        "Remove the limit, or make it an error.",
    ),
    "test_a_line_may_be_very_long": Advice(
        "A reader of lines has a limit.",
        "Use a framing of core.",
    ),
    "test_a_whole_answer_to_a_streamed_request_is_read": Advice(
        "The decoder reads events alone.",
        "Write `reply`; core calls it for a body that is one JSON object.",
    ),
    # early_exits
    "test_break_disconnects": Advice(
        "The response is closed only when the stream is read to its end.",
        "Close the response in `finally`, or build on core's transport.",
    ),
    "test_close_disconnects": Advice(
        "`close` of the stream does not reach the response.",
        "Close the response in `finally` of the generator.",
    ),
    "test_an_exception_of_the_reader_disconnects": Advice(
        "The stream's `__exit__` does not close the response.",
        "Do not override `stream`; core's stream closes the response.",
    ),
    "test_dropping_a_stream_disconnects": Advice(
        "Something keeps a reference to the stream: a list, a cache, a thread.",
        "Keep no reference to streams.",
    ),
    "test_cancelling_the_reader_disconnects": Advice(
        "The response is read in a task of its own, which is not cancelled.",
        "Read it in the reader's task, or cancel the task in `finally`.",
    ),
    "test_cancelling_a_whole_call_disconnects": Advice(
        "`CancelledError` is caught, or the request runs in a shielded task or thread.",
        "Let it pass, and close the response in `finally`.",
    ),
    "test_break_in_a_chain_disconnects": Advice(
        "`transform` is overridden and does not close the model's stream.",
        "Close inner streams in `finally`.",
    ),
    "test_break_in_the_events_disconnects": Advice(
        "`stream_events` is overridden and does not close the call.",
        "Do not override `stream_events`.",
    ),
    "test_what_arrived_stays_after_an_early_exit": Advice(
        "The stream clears what it has merged when it is closed.",
        "Do not override `stream`.",
    ),
    "test_a_closed_stream_does_not_look_ended": Advice(
        "Reading on from a closed stream ends it as if the answer were whole.",
        "Do not override `stream`.",
    ),
    "test_early_exits_leave_no_thread": Advice(
        "Each stream starts a thread that waits for the vendor.",
        "Start none, or end it when the stream is closed.",
    ),
    "test_early_exits_leave_no_task": Advice(
        "Each stream starts a task that nothing cancels.",
        "Cancel and await it in `finally`.",
    ),
    "test_the_connection_survives_a_stream_that_ended": Advice(
        "The response is closed before its body is read to the end.",
        "Read the body to its end, behind the last event too.",
    ),
}
