"""Who is how good: shares of the possible saving, ranks of a round, points of all rounds. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from p2pdnr.room.records import Player

NEGLIGIBLE_MICRO_EUR = 1
"""Costs are told in millionths of a EUR: who is one from the best has it, and a possible saving of one is none."""

LEAST_SHOWN = 3
"""Players who must have moved before shares are shown without names."""


def share_percent(start_eur: float, best_eur: float, own_eur: float) -> float:
    """How much of the saving from ``start_eur`` down to ``best_eur`` a cost of ``own_eur`` is, 0 to 100, in tenths and
    rounded down: 100 is the best and nothing else. A phone reckons the same way (``assets/room/pure.js``)."""
    start, best, own = (round(1e6 * value) for value in (start_eur, best_eur, own_eur))
    if own <= best + NEGLIGIBLE_MICRO_EUR:
        return 100.0
    if start - best <= NEGLIGIBLE_MICRO_EUR:
        return 0.0
    return min(999, max(0, 1000 * (start - own) // (start - best))) / 10.0


@dataclass(frozen=True)
class Row:
    """What a player has done in a round: the move that counts, its share and cost (None where there is no such move),
    how many moves there were, and when the one that counts came after the start; ``more`` of a bill."""

    player: int
    name: str
    share: float | None
    eur: float | None
    moves: int
    at_ms: int | None
    more: Mapping[str, Any]

    @property
    def behind_eur(self) -> float:
        """What decides between equal shares."""
        return float(self.more.get("regret_eur", self.eur or 0.0))


def better(before: Mapping[str, Any] | None, now: Mapping[str, Any], game: str) -> Mapping[str, Any]:
    """Which of two moves counts: of *switch* the cheaper, the earlier of equal ones; of *trade* the later."""
    if before is None:
        return now
    first, second = sorted((before, now), key=lambda move: int(move["at"]))
    if game == "trade":
        return second
    return second if second["outcome"]["eur_per_h"] < first["outcome"]["eur_per_h"] else first


def rows(players: Iterable[Player], started_ms: int, bills: Mapping[str, Mapping[str, Any]] | None = None) -> list[Row]:
    """The class after a round; ``players`` as they stand in it. ``bills`` of a *trade* by player number as text, of
    those who moved and had a home."""
    return [_row(player, started_ms, bills) for player in players]


def _row(player: Player, started_ms: int, bills: Mapping[str, Mapping[str, Any]] | None) -> Row:
    best = player.best
    told = best["outcome"] if best and bills is None else (bills or {}).get(str(player.number)) if best else None
    if best is None or not told:
        return Row(player.number, player.name, None, None, player.moves, None, {})
    eur = told["eur_per_h"] if bills is None else told["eur"]
    more = {} if bills is None else {name: told[name] for name in ("best_eur", "idle_eur", "regret_eur")}
    return Row(player.number, player.name, told["share"], eur, player.moves, best["at"] - started_ms, more)


def board(rows: Iterable[Row]) -> list[dict[str, Any]]:
    """Rows in the order of their rank: the greater share first, of equal ones the lower cost or regret, then the
    earlier; last who has none."""
    ordered = sorted(rows, key=lambda row: (row.share is None, -(row.share or 0.0), row.behind_eur, row.at_ms or 0))
    told: list[dict[str, Any]] = []
    for place, row in enumerate(ordered, 1):
        rank = None if row.share is None else place
        told.append(
            {
                **row.more,
                "player": row.player,
                "name": row.name,
                "rank": rank,
                "share": row.share,
                "eur": row.eur,
                "moves": row.moves,
                "at_ms": row.at_ms,
            }
        )
    return told


def total(boards: Iterable[Iterable[Mapping[str, Any]]], players: Sequence[Player]) -> list[dict[str, Any]]:
    """Points of all rounds so far: the sum of a player's shares; equal points have the same rank."""
    points = {player.number: 0.0 for player in players}
    rounds = dict.fromkeys(points, 0)
    for rows in boards:
        for row in rows:
            if row["player"] in points and row["share"] is not None:
                points[row["player"]] += row["share"]
                rounds[row["player"]] += 1
    ordered = sorted(players, key=lambda player: (-points[player.number], player.number))
    return [
        {
            "player": player.number,
            "name": player.name,
            "rank": 1 + sum(other > points[player.number] + 1e-9 for other in points.values()),
            "points": round(points[player.number], 1),
            "rounds": rounds[player.number],
        }
        for player in ordered
    ]


def live_shares(players: Iterable[Player]) -> dict[str, Any] | None:
    """Best shares of a round of *switch* under way, sorted and without names; None while so few have moved that one
    could tell whose they are. ``players`` as they stand in the round."""
    shares = sorted(float(player.best["outcome"]["share"]) for player in players if player.best)
    return {"shares": shares, "best_share": shares[-1]} if len(shares) >= LEAST_SHOWN else None
