"""Advice on the laws of time limits, errors, retries, broken answers, secrets and reliability."""

from __future__ import annotations

from .advice import Advice

__all__ = ["ADVICE", "BLOCKED_LOOP"]

BLOCKED_LOOP = Advice(
    "`_astream` or `_agenerate` calls the vendor's synchronous client, `time.sleep`, or another "
    "function that waits without `await`.",
    "Use the vendor's asynchronous client and await it, or build on `WireModel`, whose transport "
    "does; run what has no asynchronous form with `asyncio.to_thread`.",
)
"""Of a model that blocks the event loop; no law of its own states that."""

ADVICE: dict[str, Advice] = {
    # timeouts
    "test_silence_before_an_answer_times_out": Advice(
        "The client's own time limit is off or longer, and the request's is not used.",
        "Apply `request.timeout` in the transport, or use core's `HTTPTransport`.",
    ),
    "test_silence_before_the_first_event_times_out": Advice(
        "The transport applies a time limit to the connection alone.",
        "Apply the limits of the request to each read, or use core's `HTTPTransport`.",
    ),
    "test_silence_in_a_stream_times_out": Advice(
        "Reading a stream has no time limit.",
        "Apply `idle_timeout`, or use core's `HTTPTransport`.",
    ),
    "test_comments_are_no_progress": Advice(
        "The limit starts again with each byte.",
        "Build on `WireModel`: core counts events, not bytes.",
    ),
    "test_a_timeout_keeps_what_had_arrived": Advice(
        "The error of the client is raised without the chunks so far.",
        "Build on `WireModel`: core sets `partial`.",
    ),
    "test_a_timeout_names_its_setting": Advice(
        "The client's own message is used.",
        "Build on `WireModel`: core names setting and seconds.",
    ),
    "test_a_slow_reader_is_no_silent_vendor": Advice(
        "Time is measured from chunk to chunk, with the reader's own time.",
        "Measure only while waiting for the vendor.",
    ),
    # errors
    "test_each_error_has_its_class": Advice(
        "`errors.py` decides by status alone, or one code is missing in its table.",
        "Add the vendor's code to the table in `errors.py`; `class_for_status` serves the others.",
    ),
    "test_an_error_has_the_status": Advice(
        "The error is made without `status`.",
        "Pass `status=status`.",
    ),
    "test_an_error_has_the_vendors_message": Advice(
        "The message is a text of your own, or the whole body.",
        "Read the vendor's message from the body; show the body only where it has none.",
    ),
    "test_an_error_has_the_vendors_code": Advice(
        "`code` is not read from the body.",
        "Pass `code=`, or name `error_code` in `lacks` of the simulator if the wire has none.",
    ),
    "test_an_error_has_the_request_id": Advice(
        "The header of the request id is not read.",
        "Set `request_id` from the vendor's header; name that header in the simulator.",
    ),
    "test_an_error_names_its_provider": Advice(
        "The error is made without `provider`.",
        "Pass `provider=PROVIDER`.",
    ),
    "test_an_error_tells_whether_a_retry_helps": Advice(
        "A class of error was chosen that means something else, or `is_retryable` is overridden.",
        "Choose the class by status and code; core knows which may be retried.",
    ),
    "test_an_error_has_the_seconds_to_wait": Advice(
        "`retry-after` is not read.",
        "Set `retry_after` with `read_retry_after(headers)`.",
    ),
    "test_an_error_without_json_is_still_its_status": Advice(
        "`errors.py` parses the body and lets the parser's error out.",
        "Catch it, and use `class_for_status(status)` with the body's beginning as message.",
    ),
    "test_no_status_is_unknown": Advice(
        "A table lists a few statuses and fails for the others.",
        "Use `class_for_status(status)` for all that the table does not know.",
    ),
    "test_errors_can_be_pickled": Advice(
        "An error of your own class has another `__init__`.",
        "Raise core's classes; keep vendor facts in their attributes.",
    ),
    "test_an_error_in_a_stream_is_its_http_twin": Advice(
        "The decoder raises one class for every error object.",
        "Use the same table for both: code → status → class.",
    ),
    "test_an_error_in_a_whole_answer_is_an_error": Advice(
        "`reply` reads an error object as an empty answer.",
        "Look for the vendor's error object first, in `reply` too.",
    ),
    "test_an_error_in_mid_stream_keeps_what_had_arrived": Advice(
        "The error is made outside of core's run.",
        "Raise it from `Decoder.feed`: core sets `partial`.",
    ),
    # retries
    "test_what_passes_is_tried_again": Advice(
        "Errors are not core's classes, or the model applies no retries.",
        "Raise core's classes from `errors.py`; `WireModel` retries.",
    ),
    "test_each_attempt_has_the_idempotency_key_of_its_call": Advice(
        "The class does not name the header, or its transport drops the headers of a call.",
        "Set `idempotency_header` of the class, and send `request.headers`; where the vendor has "
        "no such header, take `idempotency_key` out of `capabilities`.",
    ),
    "test_what_lasts_is_asked_once": Advice(
        "The client retries by itself, or quota and rate limit are one class.",
        "Turn the client's retries off; tell the two apart by the vendor's code.",
    ),
    "test_max_retries_is_the_limit": Advice(
        "The client or SDK retries too, so that the numbers multiply.",
        "Turn the client's own retries off.",
    ),
    "test_the_vendors_wait_is_kept": Advice(
        "`retry_after` of the error is not set.",
        "Set it with `read_retry_after(headers)`.",
    ),
    "test_an_error_before_any_output_is_tried_again": Advice(
        "The error object in a stream is raised as another class than its HTTP twin.",
        "Use one table for both.",
    ),
    "test_an_error_after_output_is_not_tried_again": Advice(
        "A retry of your own sends the request again in mid-stream.",
        "Leave retries to core.",
    ),
    "test_an_unreachable_server_is_a_connection_error": Advice(
        "The client's own exception gets out.",
        "Raise `APIConnectionError` from it, or use core's `HTTPTransport`.",
    ),
    # broken
    "test_a_stream_without_proof_of_its_end_is_interrupted": Advice(
        "`finish` accepts the end of the body as the end of the answer.",
        "Note in `feed` what proves the end, and raise `StreamInterruptedError` in `finish` "
        "without it.",
    ),
    "test_a_reset_in_a_stream_is_an_interruption": Advice(
        "The client's own exception gets out, or is swallowed.",
        "Let core's transport translate it.",
    ),
    "test_a_cut_body_is_an_interruption": Advice(
        "The client's error about the missing chunk is swallowed or translated wrongly.",
        "Let core's transport translate it.",
    ),
    "test_an_interruption_keeps_every_letter": Advice(
        "Pieces are kept in a buffer that is lost with the error.",
        "Give each delta at once.",
    ),
    "test_half_an_answer_is_no_answer": Advice(
        "A body that does not parse becomes an empty answer.",
        "Let the error out: core raises it as one of ours.",
    ),
    "test_an_error_with_status_200_is_no_answer": Advice(
        "`reply` reads an object without the expected fields as an empty answer.",
        "Raise `MalformedResponseError` where the fields of an answer are missing.",
    ),
    "test_bytes_behind_an_answer_are_not_the_next_answer": Advice(
        "The transport reads on from a connection that has bytes left.",
        "Use core's `HTTPTransport`, or close a connection with bytes left.",
    ),
    "test_a_page_of_html_is_no_answer": Advice(
        "`reply` or a parser makes an empty answer of what it cannot read.",
        "Let the error out, or raise `MalformedResponseError`.",
    ),
    "test_an_empty_body_is_no_answer": Advice(
        "An empty body becomes an empty answer.",
        "Raise `MalformedResponseError`.",
    ),
    "test_an_event_that_is_not_json_is_malformed": Advice(
        "Events that do not parse are skipped.",
        "Let core parse the events, and swallow no error.",
    ),
    "test_bytes_that_are_not_utf8_are_malformed": Advice(
        'Bytes are decoded with `errors="replace"` or `"ignore"`.',
        "Let core decode the bytes.",
    ),
    "test_events_of_an_absurd_shape_are_errors_of_ours": Advice(
        "`feed` takes the type of a value for granted.",
        "Ask for the type before you use a value, and skip what you do not know.",
    ),
    # secrets
    "test_logs_hold_no_key": Advice(
        "The package or its SDK logs headers or the request.",
        "Log neither headers nor settings.",
    ),
    "test_events_hold_no_key": Advice(
        "Settings with the key are put into metadata.",
        "Put no settings of the connection into metadata.",
    ),
    "test_errors_hold_no_key": Advice(
        "An error shows the request with its headers, or is chained to one that does.",
        "Show method and path alone; raise from an error that holds no request.",
    ),
    "test_an_error_that_echoes_the_key_hides_it": Advice(
        "The vendor's message is kept in an attribute of your own.",
        "Keep it in `message` and `code`, where core hides the key.",
    ),
    # faults
    "test_a_fault_ends_as_it_must": Advice(
        "An exception of the client or parser gets out, is swallowed, or makes half an answer "
        "look whole.",
        "Read `docs/faults.md` for the fault in brackets; build on `WireModel` and "
        "`HTTPTransport`.",
    ),
    # keys
    "test_no_error_shows_a_secret": Advice(
        "An error, its traceback, or the error it was raised from holds headers or settings.",
        "Keep key and headers out of messages, attributes and chained errors.",
    ),
    "test_no_log_line_shows_a_secret": Advice(
        "The package or its SDK logs headers.",
        "Log neither headers nor settings.",
    ),
    "test_no_form_of_a_model_shows_a_secret": Advice(
        "A secret is kept in a plain `str` field or attribute.",
        "Declare it as `SecretStr`, as `api_key` is.",
    ),
    "test_a_wrong_setting_is_refused_without_showing_the_others": Advice(
        "A validator of your own shows all settings in its message.",
        "Name the wrong setting alone.",
    ),
    "test_no_event_and_no_observer_sees_a_secret": Advice(
        "Settings with the key are put into metadata of a run.",
        "Put no settings of the connection into metadata.",
    ),
    "test_a_redirect_takes_no_secret_elsewhere": Advice(
        "The client follows redirects.",
        "Turn redirects off, or use core's `HTTPTransport`.",
    ),
    "test_the_key_goes_out_once_in_a_header": Advice(
        "The key is in the URL or the body as well, or the user's headers are dropped.",
        "Send the key in one header, and add `get_headers()` of the model.",
    ),
    # hostile
    "test_many_tiny_deltas_take_linear_time": Advice(
        "All text so far is joined, searched or parsed again for each delta.",
        "Handle each delta by itself; keep pieces in a list, and let core merge.",
    ),
    "test_arguments_in_tiny_deltas_take_linear_time": Advice(
        "The arguments so far are parsed again for each delta.",
        "Give the pieces on unchanged; core parses them once.",
    ),
    "test_a_long_stream_takes_the_memory_of_its_text": Advice(
        "Every event or chunk is kept until the end.",
        "Keep only what the decoder needs later.",
    ),
    "test_arguments_that_nest_too_deep_are_no_valid_call": Advice(
        "A recursive reader of your own meets its limit.",
        "Give the arguments on as text; core refuses them.",
    ),
    "test_damaged_answers_are_survived": Advice(
        "`feed` takes the type of a value for granted: a number where text was expected.",
        "Ask for the type before you use a value. The failure names the answer that was damaged.",
    ),
}
