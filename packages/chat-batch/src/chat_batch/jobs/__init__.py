"""Batch jobs that the vendor runs by itself, for half the price and within a day or so.

    job = submit("openai:gpt-4o-mini", [{"id": 1, "input": "Name a fish."}])
    job.save("job.json")                                  # hours later, in another process:
    with BatchJob.load("job.json") as job:
        job.wait()
        for result in job.results():
            print(result.id, result.message or result.error)

``chat_core.provider.BatchJobs`` is what a provider package says of its vendor's jobs.
"""

from __future__ import annotations

from chat_core.provider import JobCounts, JobState, JobStatus

from .job import BatchJob
from .submit import asubmit, submit

__all__ = ["BatchJob", "JobCounts", "JobState", "JobStatus", "asubmit", "submit"]
