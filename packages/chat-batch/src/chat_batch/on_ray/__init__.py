"""A batch on many machines: Ray Data hands the rows out, each worker asks its share.

- ``run.py``: ``run_batch_on_ray``, in the process of the caller (the driver).
- ``engine.py``: hands the rows to Ray Data and takes the results; in the driver.
- ``collector.py``: the actor that takes results from the workers until the driver has kept them.
- ``worker.py``: asks a piece of the rows, with the engine of any batch; in the workers.
"""

from __future__ import annotations

from .run import arun_batch_on_ray, run_batch_on_ray

__all__ = ["arun_batch_on_ray", "run_batch_on_ray"]
