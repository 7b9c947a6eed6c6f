"""Who is measured: each module has `prepare(job)`, which gives an async function to be timed."""
