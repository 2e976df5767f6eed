"""What an examination of a role's result looks at."""

from __future__ import annotations

from dataclasses import dataclass

from p2pdnr.results.study_result import StudyResult
from p2pdnr.verification.judge import Judgement
from p2pdnr.verification.plan import Plan


@dataclass(frozen=True, eq=False)
class Examined:
    """The result, its plan as arrays, and pandapower's state of that plan."""

    result: StudyResult
    plan: Plan
    judged: Judgement
