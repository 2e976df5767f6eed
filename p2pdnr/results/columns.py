"""The columns of every table of a result: name, type, and whether a cell may be empty. Units are in the names."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from typing import Literal

Kind = Literal["integer", "number", "text"]


@dataclass(frozen=True)
class Column:
    """One column: ``integer`` and ``number`` cells are finite; an empty cell (NaN) stands only where ``optional``.

    The whole column stands only where there is something to tell, where ``may_lack``.
    """

    name: str
    kind: Kind
    optional: bool = False
    may_lack: bool = False


def _columns(kind: Kind, names: str, optional: bool = False) -> tuple[Column, ...]:
    return tuple(Column(name, kind, optional) for name in names.split())


TABLES: dict[str, tuple[Column, ...]] = {
    "hours": (
        *_columns("integer", "hour"),
        *_columns("number", "loss_kw vm_min_pu vm_max_pu"),
        *_columns("number", "max_loading_percent", optional=True),
        *_columns("integer", "operations"),
        *_columns("text", "open_lines"),
        *_columns("integer", "rank", optional=True),
        Column("time", "text", may_lack=True),
    ),
    "buses": (
        *_columns("integer", "hour bus"),
        *_columns("number", "vm_pu charge_eur_per_kwh charge_loss charge_congestion charge_voltage"),
    ),
    "lines": (
        *_columns("integer", "hour line closed"),
        *_columns("number", "p_kw q_kvar i_a"),
        *_columns("number", "loading_percent", optional=True),
        *_columns("number", "loss_kw"),
    ),
    "prosumers": (
        *_columns("integer", "hour"),
        *_columns("text", "prosumer"),
        *_columns("number", "injection_kw pv_kw charge_kw discharge_kw energy_kwh flexible_kw elastic_kw generator_kw"),
        *_columns("number", "import_kw export_kw unserved_kw net_trade_kw"),
        Column("reactive_kvar", "number", may_lack=True),
    ),
    "partners": _columns("text", "prosumer partner"),
    "trades": (
        *_columns("integer", "hour"),
        *_columns("text", "seller buyer"),
        *_columns("number", "power_kw price_eur_per_kwh copy_seller_kw copy_buyer_kw"),
    ),
    "bills": (
        *_columns("text", "prosumer"),
        *_columns("number", "retail_eur trades_eur fees_eur network_eur own_costs_eur total_eur"),
        *_columns("number", "retail_only_eur retail_only_uncharged_eur"),
        Column("compensation_eur", "number", may_lack=True),
        Column("refund_eur", "number", may_lack=True),
        Column("free_market_eur", "number", may_lack=True),
    ),
    "convergence": (
        *_columns("integer", "iteration"),
        *_columns("text", "phase"),
        *_columns("number", "primal dual rho objective_eur", optional=True),
        *_columns("integer", "free_binaries", optional=True),
        *_columns("number", "seconds"),
    ),
    "operations": (*_columns("integer", "hour step line"), *_columns("text", "action")),
}
"""Table name -> its columns, in the order of the file."""

_SPREAD = ("nominal", "p05", "p50", "p95")
_FAN = ("p01", "p05", "p25", "p50", "p75", "p95", "p99", "worst1", "worst2", "worst3")

OPTIONAL_TABLES: dict[str, tuple[Column, ...]] = {
    "levers": (
        *_columns("integer", "hour"),
        *_columns("text", "kind"),
        *_columns("integer", "number position steps"),
    ),
    "stress": (
        *_columns("integer", "hour"),
        *(
            column
            for name in ("loss_kw", "vm_min_pu", "vm_max_pu", "max_loading_percent")
            for column in _columns("number", " ".join(f"{name}_{label}" for label in _SPREAD), optional=True)
        ),
        *_columns("integer", "days_violated"),
    ),
    "role": (
        *_columns("integer", "hour"),
        *_columns("text", "prosumer"),
        *_columns("number", "asked_kw low_kw high_kw curtailed_kw shed_kw compensation_eur", optional=True),
    ),
    "secure": (
        *_columns("integer", "hour limited"),
        *(
            column
            for name in ("vm_min_pu", "vm_max_pu", "max_loading_percent")
            for column in _columns("number", " ".join(f"{name}_{label}" for label in _FAN), optional=True)
        ),
        *_columns("integer", "days_violated"),
    ),
}
"""Tables that stand in a folder only where they were asked for, levers move, or the operator's role has something to
tell."""


EXPORTED: dict[str, tuple[Column, ...]] = {
    "generators": (
        *_columns("integer", "hour bus"),
        *_columns("number", "set_pu vm_pu kvar"),
        *_columns("text", "at_limit"),
    ),
}
"""Tables of exports alone: summary.json and buses.csv of a folder say the same."""


def present(name: str, there: Container[str]) -> tuple[Column, ...]:
    """The columns of a table, without those that may lack and are not ``there``."""
    return tuple(column for column in COLUMNS[name] if column.name in there or not column.may_lack)


COLUMNS = TABLES | OPTIONAL_TABLES
"""The columns of every table there may be."""
