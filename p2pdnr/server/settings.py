"""What the server may use: processes, time, memory, disk; all bounds in one place."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """Bounds and places of one server.

    Attributes
    ----------
    data_dir : folder with ``results/<name>/``, the precomputed results; None for none
    store_dir : folder for results of this server; None makes a temporary one that goes with the server
    runner : dotted path of the module that does a job's work, see :mod:`p2pdnr.server.runner`
    workers, spares : jobs that may run at once; warm processes that wait beyond that
    head_start_s : what the first page has for itself before processes warm up, unless somebody solves
    jobs_per_worker : after so many jobs a process is replaced, so that memory cannot creep
    memory_limit_mb : data memory one worker may have (Linux); None for no limit
    deadline_s : longest time of one job from its start on a worker
    abandoned_s : a job whose page has neither polled nor listened for so long is cancelled
    queue_limit, jobs_per_session : jobs that may wait in all; live jobs of one browser session
    jobs_without_cookie, jobs_per_address : live jobs that came from one address without a cookie of ours; in all, where
        it is another machine's
    job_age_s, job_limit : how long, and how many, ended jobs are remembered
    events_per_job : progress events kept for replay
    stream_limit, heartbeat_s : open event streams; seconds between signs of life on each
    body_limit_bytes : largest body of POST /jobs
    work_limit : largest prosumers x hours x buses
    embed_in : origins (scheme and host) whose pages may show this one in a frame
    result_limit, result_limit_bytes, result_age_s : results kept, by count, size on disk and age since last use
    """

    data_dir: Path | None = None
    store_dir: Path | None = None
    runner: str = "p2pdnr.server.runner"
    workers: int = 2
    spares: int = 1
    head_start_s: float = 0.0
    jobs_per_worker: int = 100
    memory_limit_mb: int | None = 4096
    deadline_s: float = 300.0
    abandoned_s: float = 120.0
    queue_limit: int = 64
    jobs_per_session: int = 4
    jobs_without_cookie: int = 10
    jobs_per_address: int = 40
    job_age_s: float = 6 * 3600.0
    job_limit: int = 100
    events_per_job: int = 3000
    stream_limit: int = 24
    heartbeat_s: float = 10.0
    body_limit_bytes: int = 3_000_000
    work_limit: int = 5_000_000
    result_limit: int = 300
    result_limit_bytes: int = 2_000_000_000
    result_age_s: float = 24 * 3600.0
    embed_in: tuple[str, ...] = ()
