"""Days of lessons that are not stored: solved when the lessons are written."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from p2pdnr.scenario.schema import Scenario
    from p2pdnr.study import Mode


def solved(scenario: Scenario, modes: Sequence[Mode]) -> Mapping[str, bytes]:
    """Compressed payloads of a scenario in some modes; all modes come from one solve."""
    from p2pdnr import study
    from p2pdnr.dashboard.days import packed
    from p2pdnr.results.payload import payload

    print(f"solving {scenario.name} ({', '.join(modes)}) ...", file=sys.stderr, flush=True)
    every = study.compare(scenario) if len(modes) > 1 else {}
    found = every or {modes[0]: study.run(scenario, study.Options(mode=modes[0]))}
    return {mode: packed(payload(found[mode])) for mode in modes}
