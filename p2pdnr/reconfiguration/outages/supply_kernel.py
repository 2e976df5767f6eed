"""The compiled search for buses that closed lines connect to a substation."""

from __future__ import annotations

from p2pdnr.network.compilation import entry_point


@entry_point
def spread(from_bus, to_bus, closed, fed):  # type: ignore[no-untyped-def]
    """Mark in ``fed`` (n,) all buses that the closed lines (m,) join to one that is marked.

    Lines are gone through upwards and downwards in turn until nothing is added; feeders number their lines along the
    way, so that a few turns are enough.
    """
    lines, added, upwards = len(closed), True, True
    while added:
        added = False
        for k in range(lines):
            line = k if upwards else lines - 1 - k
            one, other = from_bus[line], to_bus[line]
            if closed[line] and fed[one] != fed[other]:
                fed[one] = fed[other] = True
                added = True
        upwards = not upwards
