"""A runner that compiles two kernels before it is ready, and goes on when a file named in P2PDNR_GO_ON exists."""

import os
import time
from pathlib import Path


def warm_up(report) -> None:
    report("preparing", done=1, of=2, share=0.25, left_s=9.0)
    while not Path(os.environ["P2PDNR_GO_ON"]).exists():
        time.sleep(0.01)


def run_stage(task, stage, report) -> None:
    raise AssertionError("never reached")
