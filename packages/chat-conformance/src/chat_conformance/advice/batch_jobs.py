"""Advice on the laws of batch jobs."""

from __future__ import annotations

from .advice import Advice

__all__ = ["ADVICE"]

ADVICE: dict[str, Advice] = {
    "test_batch_jobs_are_declared_or_refused_by_name": Advice(
        "The class overrides `batch_jobs`, and `batch_jobs` is not in `capabilities`.",
        "Declare the capability and set `job_server`, or leave `batch_jobs` as it is in "
        "`WireModel`.",
    ),
    "test_a_row_of_a_job_is_the_request_of_a_call": Advice(
        "`row` makes a body of its own, or leaves parts of the given one out.",
        "Put the body into the row as it is given; leave out only what the job itself states.",
    ),
    "test_results_of_a_job_are_matched_by_their_ids": Advice(
        "Ids are given by the order of the answers, or `row` leaves the id out.",
        "Send the id in each row, and read it from each answer; vendors answer in any order.",
    ),
    "test_an_error_of_one_row_is_that_of_a_call": Advice(
        "The row's error is made as an `APIError` of no class, or raised, which ends the results.",
        "Return `JobAnswer` with the vendor's body and status, or with `error=` of the class that "
        "`errors.py` makes of it.",
    ),
    "test_a_row_that_the_results_lack_is_named": Advice(
        "Answers are made for rows that the vendor's results do not have.",
        "Return a `JobAnswer` for each answer of the vendor and for nothing else.",
    ),
    "test_results_that_answer_no_row_are_named": Advice(
        "An answer whose id is not known is dropped, or given to another row.",
        "Return each answer with the id that it has; it is matched and named afterwards.",
    ),
    "test_a_damaged_line_of_results_costs_its_row_alone": Advice(
        "`read` of the results' operation raises another error than `MalformedResponseError`.",
        "Read each line with `read_line`, which raises it for a line that is no JSON object.",
    ),
    "test_an_expired_job_keeps_what_was_answered": Advice(
        "The vendor's word for expired is not in the table of states, or the job's results are "
        "not read unless it has completed.",
        "Map the word to `JobState.EXPIRED`, and return the files that the job has.",
    ),
    "test_a_job_that_failed_gives_each_row_the_reason": Advice(
        "`JobStatus.error` is left out where the job has failed.",
        "Make the error of the vendor's reason, in `status`.",
    ),
    "test_a_cancelled_job_keeps_what_was_answered": Advice(
        "`cancel` sends nothing, or its answer is read as the end of the job.",
        "Ask the vendor to cancel and return the state that it answers with; a vendor that cannot "
        "is an `InvalidParameterError`, and `cancels = False` on the server.",
    ),
    "test_a_state_that_is_not_known_ends_no_job": Advice(
        "The table of states is asked with `[word]`, or its default is a state that is over.",
        "Read a word that is not in the table as `JobState.RUNNING`, and keep it in `raw_state`.",
    ),
    "test_a_job_goes_on_from_its_file": Advice(
        "What finds the job again is kept on the object, not in what `submit` returns.",
        "Return all of it from `submit`, as JSON without secrets.",
    ),
    "test_results_that_are_gone_are_named": Advice(
        "A refusal of the results is swallowed, so that every row looks unanswered.",
        "Let errors of requests out of the operations.",
    ),
    "test_nothing_is_sent_of_wrong_rows": Advice(
        "`batch_jobs` itself makes a request.",
        "Make requests only in the steps of `submit`, which come after the rows are read.",
    ),
}
