"""Advice on the laws of construction, requests, use together and events."""

from __future__ import annotations

from .advice import Advice

__all__ = ["ADVICE"]

ADVICE: dict[str, Advice] = {
    # tools that the vendor runs
    "test_server_tools_that_the_vendor_runs_are_asked_for": Advice(
        "The table of server tools has an encoder for the tool that adds nothing to the request.",
        "Return the vendor's tool, or what it adds to the body, as `ServerToolWire`.",
    ),
    "test_server_tools_that_the_vendor_lacks_are_refused": Advice(
        "The table of server tools has the tool, and the capabilities do not.",
        "Declare the capability, or take the tool out of the table: the rest is refused by name.",
    ),
    "test_a_model_without_server_tools_refuses_them": Advice(
        "The table of server tools is the same for all models, or leaves a tool out silently.",
        "Make the table in `_server_tools` by `self.model`; an empty one refuses every tool.",
    ),
    "test_options_of_server_tools_are_sent_or_refused": Advice(
        "An option is listed in `ServerToolEncoder.options` and is not written to the request.",
        "Write it, or take it out of `options`: it is then refused by name.",
    ),
    "test_what_the_vendor_ran_has_the_name_of_its_tool": Advice(
        "The decoder hands on the vendor's own word for the tool, or takes its run for a call.",
        "Give `ServerToolCall` and `ServerToolResult` the name of the tool (`WebSearch.name`), and "
        "keep the vendor's word in `extras`.",
    ),
    "test_secrets_of_an_mcp_server_stay_hidden": Advice(
        "The class copies the options of a call into a field, an event or the text of an error.",
        "Read `secret_token()` and `secret_headers()` in the table of server tools alone.",
    ),
    # counting
    "test_the_vendor_counts_what_would_be_sent": Advice(
        "`_count_tokens` leaves tools out of its request, or reads another field of the answer.",
        "Send the body that it is given, tools included, and return the field with the input's "
        "tokens.",
    ),
    "test_nothing_is_estimated_unasked": Advice(
        "The class overrides `count_tokens`, and guesses where the vendor counts nothing.",
        "Override `_count_tokens` alone, or leave it out where the vendor has no such request.",
    ),
    "test_an_estimate_is_marked": Advice(
        "The class overrides `count_tokens` and asks the vendor, or loses `is_estimate`.",
        "Leave `count_tokens` as it is in `ChatModel`, which estimates for every provider.",
    ),
    # tool_loop
    "test_a_tool_loop_runs_to_the_answer": Advice(
        "`encode.py` leaves the tools, or the results of earlier steps, out of later requests.",
        "Send all messages and all tools that the call has, each time.",
    ),
    "test_a_tool_loop_runs_calls_side_by_side": Advice(
        "`encode.py` sends one result of several, or in another order than the calls.",
        "Send every `ToolMessage`, in the order of the conversation.",
    ),
    "test_an_error_of_a_tool_goes_back_to_the_model": Advice(
        '`encode.py` drops results with `status="error"`, or their text.',
        "Send the text of such a result, marked as failed where the vendor has a mark.",
    ),
    "test_a_tool_loop_streams_the_words_of_each_step": Advice(
        "The stream is collected where tools are bound, or where results are among the messages.",
        "Stream each answer alike.",
    ),
    # files
    "test_an_uploaded_file_is_named_in_the_next_request": Advice(
        "`FileStore.upload` returns another id than the vendor's, or the encoder drops `file_id`.",
        "Return the id of the vendor's answer, and send `block.file_id` where a file stands.",
    ),
    "test_an_uploaded_file_names_its_provider": Advice(
        "The class overrides `upload`, or makes the block by itself.",
        "Leave `upload` as it is in `ChatModel`, and return the vendor's id in `FileStore.upload`.",
    ),
    "test_a_file_that_another_provider_keeps_is_refused_by_name": Advice(
        "The class is no `WireModel`, or overrides the check of files.",
        "Derive it from `WireModel`, or refuse a block whose `provider` is another than its own.",
    ),
    "test_an_uploaded_file_is_deleted": Advice(
        "`FileStore.delete` leaves the id out of the path, or uses another method.",
        'Yield `Operation(f"files/{quote(file_id)}", read, "DELETE")`.',
    ),
    "test_a_file_that_no_vendor_keeps_is_refused_by_name": Advice(
        "`file_store` or `upload` is overridden for a vendor that keeps no files.",
        "Leave both as they are, and set `no_files` and `instead_of_upload` of the class.",
    ),
    "test_an_image_that_is_too_large_is_refused_before_sending": Advice(
        "The class overrides the check of media, or builds its request past `_encode`.",
        "Declare `media_limits` and leave the check to `WireModel`.",
    ),
    # model_list
    "test_the_vendors_models_are_listed": Advice(
        "`models_path` or `_read_models` is missing, or reads another field than the model's id.",
        "Set `models_path` of the class, and return a `Page` of `ListedModel` in `_read_models`.",
    ),
    "test_a_list_that_does_not_exist_is_refused_by_name": Advice(
        "`list_models` is overridden and returns a list that is written in the code.",
        "Leave `list_models` as it is, and set `no_model_list` to where the vendor's list is.",
    ),
    # profiles
    "test_a_profile_claims_the_media_that_are_sent": Advice(
        "The class overrides `profile`, or its encoder drops a block that it cannot send.",
        "Override `_profile_names` alone, and refuse in `_encode` what the wire has no place for.",
    ),
    "test_a_profile_has_the_words_for_reasoning_that_are_sent": Advice(
        "The class overrides `profile`, or `reasoning_parameters` depends on more than settings.",
        "Leave `profile` as it is in `ChatModel`, which asks `reasoning_parameters` for each word.",
    ),
    "test_a_profile_sends_nothing": Advice(
        "The class overrides `profile` and asks the vendor.",
        "Ask in `_profile_operation`, or in the list of models; `fetch_profile` sends these.",
    ),
    # construction
    "test_building_needs_no_key": Advice(
        "`__init__` or a validator calls `get_api_key()`.",
        "Ask for the key in `_make_transport` or `build_head`, which run at the first request.",
    ),
    "test_building_imports_no_http_library": Advice(
        "`model.py` or `plugin.py` imports the SDK or an HTTP library at its top.",
        "Import `client.py` inside `_make_transport`, and the SDK only there.",
    ),
    "test_the_model_keeps_the_name_it_was_given": Advice(
        "The class rewrites `model`, for instance to an alias or a full path.",
        "Leave `model` as it was given; write the vendor's form of it in `encode.py`.",
    ),
    "test_repr_and_str_hide_secrets": Advice(
        "The class defines `__repr__` or `__str__`, or keeps a secret in a plain `str` field.",
        "Remove the method, or declare the secret as `SecretStr`.",
    ),
    "test_a_dump_hides_the_key": Advice(
        "A field or serializer of the class writes the secret's text.",
        "Declare the secret as `SecretStr` and add no serializer that opens it.",
    ),
    "test_a_pickle_leaves_the_key_behind": Advice(
        "The class keeps the key in an attribute of its own, or overrides `__getstate__`.",
        "Read the key with `get_api_key()` when it is needed, and let `ChatModel` pickle the "
        "model.",
    ),
    "test_a_pickle_keeps_the_settings": Advice(
        "A setting is kept outside the fields of the class, so a pickle does not know it.",
        "Declare every setting as a field of the model class.",
    ),
    "test_a_pickled_model_answers": Advice(
        "A client or transport that was made in `__init__` is missing after the pickle.",
        "Make the transport in `_make_transport`; core calls it at the first request.",
    ),
    "test_settings_can_be_written_to_json": Advice(
        "A field has a type that pydantic cannot write as JSON.",
        "Give the field a type of plain values, or a serializer that writes what building takes.",
    ),
    "test_a_misspelt_setting_is_refused_and_the_nearest_named": Advice(
        "The class allows extra fields, or `__init__` takes `**kwargs` and drops them.",
        "Leave `extra` as it is in `ChatModel`; unknown parameters of a vendor go into "
        "`model_kwargs`.",
    ),
    "test_a_setting_of_the_wrong_type_is_refused_by_name": Advice(
        "A field is typed `Any`, or `__init__` is overridden and raises pydantic's own error.",
        "Give the field its type, and let `ChatModel` build the model.",
    ),
    "test_a_missing_key_is_named_at_the_first_request": Advice(
        "The key is read with `os.environ.get` and sent empty, or `api_key_env` is empty.",
        "Set `api_key_env` on the class and take the key from `get_api_key()`.",
    ),
    "test_the_key_is_read_from_the_environment": Advice(
        "`api_key_env` names another variable than the one that is read.",
        "Set `api_key_env` and read the key with `get_api_key()` alone.",
    ),
    "test_binding_leaves_the_original_alone": Advice(
        "`bind` is overridden and changes `self`, or copies share a mutable setting.",
        "Do not override `bind`; core copies the model.",
    ),
    "test_binding_refuses_what_does_not_exist": Advice(
        "`bind` is overridden, or the class allows extra fields.",
        "Do not override `bind`, and leave `extra` as it is in `ChatModel`.",
    ),
    "test_a_closed_model_can_be_asked_again": Advice(
        "`close` closes a client that is made only once.",
        "Make the client in `_make_transport`; core makes a new one after `close`.",
    ),
    "test_the_end_of_the_with_block_closes_the_connections": Advice(
        "The transport opens a client that its `close` or `aclose` does not close.",
        "Build on `HTTPTransport`, or close in both methods all that the transport opened.",
    ),
    # requests
    "test_what_is_set_is_sent": Advice(
        "`encode.py` does not write the setting, or writes it under another name.",
        "Write each setting that is not `None` under the vendor's name for it.",
    ),
    "test_what_is_not_set_is_not_sent": Advice(
        "`encode.py` writes a default of its own, or `null`, for a setting that was not given.",
        "Leave settings that are `None` out of the body; the vendor has its own defaults.",
    ),
    "test_a_cache_point_is_no_content": Advice(
        "The class overrides `_read` and leaves cache points in the messages.",
        "Do not override `_read`; core takes them out, and sets the marks of `_cache_marks`.",
    ),
    "test_a_cache_point_is_in_the_request": Advice(
        "`_cache_marks` returns `None`, or `encode.py` drops the `extras` of blocks.",
        "Return `CacheMarks` from `_cache_marks`, and write the key of a mark from the `extras` of "
        "the block; or do not declare `cache_points`.",
    ),
    "test_stop_sequences_are_sent": Advice(
        "`stop` is left out, or cut to its first string.",
        "Write all stop sequences, as a list if the vendor takes one.",
    ),
    "test_a_setting_for_one_call_ends_with_it": Advice(
        "The settings of a call are stored on the model.",
        "Read the settings from the fields at each call; core binds a copy for one call.",
    ),
    "test_other_parameters_go_through_model_kwargs": Advice(
        "`encode.py` does not merge `model_kwargs`.",
        "Merge `model_kwargs` into the body, last.",
    ),
    "test_the_model_is_named": Advice(
        "The request has no model, or one that is written in the code.",
        "Write the field `model` into the body or the path.",
    ),
    "test_default_headers_are_sent": Advice(
        "The transport builds its own headers and forgets those of the user.",
        "Add `self.get_headers()` of the model to the head in `client.py`.",
    ),
    "test_the_key_travels_in_a_header_alone": Advice(
        "The key is put into the query of the URL or into the body.",
        "Send the key in a header, in `client.py`.",
    ),
    "test_a_redirect_is_not_followed": Advice(
        "The HTTP client follows redirects by default.",
        "Turn redirects off in the client, or use core's `HTTPTransport`.",
    ),
    "test_cookies_are_not_kept": Advice(
        "The HTTP client has a cookie jar.",
        "Turn cookies off in the client, or use core's `HTTPTransport`.",
    ),
    "test_connections_are_used_again": Advice(
        "A new client is made for each request, or the answer is not read to its end.",
        "Keep one client for the transport, and read each answer to its end.",
    ),
    # together
    "test_a_batch_keeps_its_order": Advice(
        "`batch` is overridden and gives answers as they come.",
        "Do not override `batch`; core orders the answers.",
    ),
    "test_a_batch_answers_every_input": Advice(
        "`batch` is overridden and drops inputs.",
        "Do not override `batch`.",
    ),
    "test_a_batch_raises_its_first_error": Advice(
        "`batch` is overridden and swallows errors, or `_generate` returns an empty answer for a "
        "failure.",
        "Let errors out of `_generate` and `_agenerate`.",
    ),
    "test_a_batch_can_keep_its_errors": Advice(
        "`batch` is overridden and ignores `return_exceptions`.",
        "Do not override `batch`.",
    ),
    "test_answers_can_be_had_as_they_come": Advice(
        "`batch_as_completed` is overridden and loses the numbers of the inputs.",
        "Do not override `batch_as_completed`.",
    ),
    "test_streams_that_are_read_in_turns_do_not_mix": Advice(
        "A decoder, parser or buffer is kept on the model and shared by all streams.",
        "Make a new decoder in `_decoder`; keep nothing of one answer on the model or transport.",
    ),
    "test_threads_and_loops_may_share_a_model": Advice(
        "An asynchronous client is bound to the first event loop, or state of one answer is on "
        "the model.",
        "Use core's `HTTPTransport`, or keep one client for each event loop.",
    ),
    # events
    "test_events_are_start_stream_end": Advice(
        "`stream_events` is overridden, or the class reports events itself.",
        "Do not override `stream_events`; core reports the events of each call.",
    ),
    "test_events_of_one_call_share_its_run": Advice(
        "Events are made by the class, each with an id of its own.",
        "Let core report the events.",
    ),
    "test_stream_events_carry_the_chunks": Advice(
        "`stream` is overridden and changes chunks after they were reported.",
        "Make all chunks in `decode.py`; change none afterwards.",
    ),
    "test_the_end_carries_the_whole_answer": Advice(
        "The last event is made before usage or finish reason have arrived.",
        "Let core report the end; give usage and finish reason in chunks of the decoder.",
    ),
    "test_events_name_vendor_and_model": Advice(
        "The class overrides the parameters that tracing reads.",
        "Set `provider` on the class, and leave the tracing of `ChatModel` as it is.",
    ),
    "test_events_carry_the_callers_config": Advice(
        "An overridden `stream` or `invoke` drops `config`.",
        "Pass `config` on, or do not override the method.",
    ),
    "test_events_can_be_filtered": Advice(
        "`stream_events` is overridden and ignores its filters.",
        "Do not override `stream_events`.",
    ),
    "test_an_error_event_comes_before_the_exception": Advice(
        "Errors are caught and raised again outside of core's run.",
        "Raise errors from the decoder and the transport; core reports them.",
    ),
    "test_reasoning_is_in_the_events_too": Advice(
        "Reasoning is taken out of the chunks before they are reported.",
        "Give reasoning as `ReasoningBlock` from `decode.py`.",
    ),
    "test_a_chain_streams_through": Advice(
        "`transform` or `stream` is overridden and collects the whole answer.",
        "Do not override them; implement `_stream`, or build on `WireModel`.",
    ),
}
