"""The scores of all revealed rounds as CSV text, harmless in a spreadsheet."""

from __future__ import annotations

import csv
import io

from p2pdnr.room.hall import Hall
from p2pdnr.room.records import Room

COLUMNS = ("round", "game", "player", "rank", "share_percent", "eur", "best_eur", "moves", "seconds")


def results_csv(hall: Hall, room: Room) -> str:
    """One line per player and round, the first of each round first."""
    from p2pdnr.results.exports import harmless  # pandas: not before a lecturer asks

    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    known = {player.number for player in hall.store.players(room.code)}
    for item in hall.store.rounds(room.code):
        plan = hall.conductor.plan(room, item.number)
        optimum = (item.task or {}).get("optimum")
        if plan is None or not item.board or item.number > room.revealed:
            continue
        for row in (row for row in item.board["rows"] if row["player"] in known):
            best = row.get("best_eur", optimum["eur_per_h"] if optimum else None)
            seconds = None if row["at_ms"] is None else round(row["at_ms"] / 1000.0, 1)
            cells = (row["rank"], row["share"], row["eur"], best, row["moves"], seconds)
            writer.writerow([item.number, plan.game, harmless(row["name"]), *cells])
    return text.getvalue()
