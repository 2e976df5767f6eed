"""Columns of the prosumer table, fields of the settings: flat key, place in the document, header, unit, parser."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from p2pdnr.dashboard import cells, day_cells, lever_cells
from p2pdnr.dashboard.cells import Parse

ROW = "row"
"""Key of the hidden row id, which is not the prosumer's id."""

LIKE = "like"
"""Key of the hidden id of the row whose fields without a column a row shares."""


HOURS = "hours"
"""Key of the setting that no field of the document holds: how many values each of its lists has."""


@dataclass(frozen=True)
class Field:
    """One text to edit: ``key`` in the page, ``path`` in the document (of a prosumer or of the scenario).

    ``write`` gives the text of a value that ``parse`` reads back; ``choices`` are the only texts, where there are few;
    ``empty`` says what no text means; ``lines`` is the height of its input.
    """

    key: str
    path: tuple[str, ...]
    header: str
    parse: Parse
    unit: str = ""
    group: str = ""
    required: bool = False
    write: Callable[[Any], str] = cells.write
    choices: tuple[str, ...] = ()
    empty: str = ""
    lines: int = 1

    @property
    def part(self) -> str | None:
        """The optional part of a prosumer that the field belongs to: "battery", "elastic", "generator" or "tariff"."""
        return self.path[0] if len(self.path) > 1 else None


COLUMNS = (
    Field("id", ("id",), "Name", cells.prosumer_id, "", "Prosumer", True),
    Field("bus", ("bus",), "Bus", cells.bus, "", "Prosumer", True),
    Field("load_kw", ("load_kw",), "Peak", cells.not_negative, "kW", "Load"),
    Field("load_profile", ("load_profile",), "Profile", cells.name, "", "Load"),
    Field("power_factor", ("power_factor",), "Power factor", cells.positive_share, "", "Load"),
    Field("flexible_share", ("flexible_share",), "Flexible", cells.share, "share", "Load"),
    Field("discomfort", ("discomfort_eur_per_kw2h",), "Discomfort", cells.not_negative, "€/kW²h", "Load"),
    Field("pv_kw", ("pv_kw",), "Peak", cells.not_negative, "kW", "PV"),
    Field("pv_profile", ("pv_profile",), "Profile", cells.name, "", "PV"),
    Field("inverter_kva", ("inverter_kva",), "Inverter", cells.not_negative, "kVA", "PV"),
    Field("battery_capacity", ("battery", "capacity_kwh"), "Capacity", cells.not_negative, "kWh", "Battery", True),
    Field("battery_power", ("battery", "power_kw"), "Power", cells.not_negative, "kW", "Battery", True),
    Field("battery_efficiency", ("battery", "efficiency"), "Efficiency", cells.positive_share, "each way", "Battery"),
    Field("battery_initial", ("battery", "initial_kwh"), "At start", cells.not_negative, "kWh", "Battery"),
    Field("battery_min", ("battery", "min_kwh"), "At least", cells.not_negative, "kWh", "Battery"),
    Field("battery_cycle", ("battery", "cycle_h"), "Cycle", cells.positive, "h", "Battery"),
    Field("battery_wear", ("battery", "wear_eur_per_kwh"), "Wear", cells.not_negative, "€/kWh", "Battery"),
    Field("elastic_max", ("elastic", "max_kw"), "Most", cells.not_negative, "kW", "Elastic load", True),
    Field("elastic_utility", ("elastic", "utility_eur_per_kwh"), "Worth", cells.number, "€/kWh", "Elastic load", True),
    Field("elastic_slope", ("elastic", "slope_eur_per_kw2h"), "Slope", cells.not_negative, "€/kW²h", "Elastic load"),
    Field("generator_max", ("generator", "max_kw"), "Most", cells.not_negative, "kW", "Generator", True),
    Field("generator_cost", ("generator", "cost_eur_per_kwh"), "Cost", cells.number, "€/kWh", "Generator", True),
    Field("generator_slope", ("generator", "slope_eur_per_kw2h"), "Slope", cells.not_negative, "€/kW²h", "Generator"),
    Field("own_buy", ("tariff", "buy_eur_per_kwh"), "Retailer sells at", cells.series, "€/kWh", "Own tariff", True),
    Field("own_sell", ("tariff", "sell_eur_per_kwh"), "Retailer buys at", cells.series, "€/kWh", "Own tariff", True),
    Field("import_limit", ("import_limit_kw",), "Import", cells.not_negative, "kW", "Retailer limit"),
    Field("export_limit", ("export_limit_kw",), "Export", cells.not_negative, "kW", "Retailer limit"),
)
"""Columns of the prosumer table in their order."""

SETTINGS = (
    Field("buy", ("tariff", "buy_eur_per_kwh"), "Retailer sells at", cells.series, "€/kWh", "Tariff", True),
    Field("sell", ("tariff", "sell_eur_per_kwh"), "Retailer buys at", cells.series, "€/kWh", "Tariff", True),
    Field("name", ("name",), "Name", cells.title, "", "Scenario", True),
    Field("description", ("description",), "Description", cells.prose, "", "Scenario", empty="none", lines=3),
    Field("hours", (HOURS,), "Steps", cells.steps, "", "Time", True),
    Field("step_h", ("step_h",), "Length of a step", cells.step_length, "h", "Time", True),
    Field(
        "flexible_window",
        ("flexible_window_h",),
        "Load is shifted within",
        cells.positive,
        "h",
        "Time",
        empty="all steps",
    ),
    Field(
        "partners",
        ("market", "partners"),
        "Partners of each",
        cells.partners,
        "or all, none",
        "Market",
        write=cells.write_partners,
    ),
    Field(
        "trade_fee", ("market", "trade_fee_eur_per_kwh"), "Trade fee, each side", cells.not_negative, "€/kWh", "Market"
    ),
    Field(
        "trade_limit",
        ("market", "trade_limit_kw"),
        "Largest trade of a pair",
        cells.not_negative,
        "kW",
        "Market",
        empty="none",
    ),
    Field("loss_price", ("dso", "loss_price_eur_per_kwh"), "Price of losses", cells.not_negative, "€/kWh", "Operator"),
    Field(
        "violation_price",
        ("dso", "violation_price_eur_per_kwh"),
        "Price of violations",
        cells.positive,
        "€/kWh",
        "Operator",
    ),
    Field(
        "role",
        ("dso", "role"),
        "What the operator does",
        cells.role,
        "",
        "Operator",
        write=cells.write_role,
        choices=tuple(cells.ROLES.values()),
    ),
    Field(
        "reactive",
        ("dso", "reactive"),
        "Reactive power of inverters",
        cells.reactive,
        "",
        "Operator",
        write=cells.write_reactive,
        choices=tuple(cells.REACTIVE.values()),
    ),
    Field(
        "security_share",
        ("dso", "security", "share"),
        "Limits are to hold on",
        day_cells.security_share,
        "of days",
        "Other days",
        write=day_cells.write_percent,
        empty="forecast",
    ),
    Field(
        "security_days", ("dso", "security", "days"), "Days to plan with", day_cells.days, "", "Other days", empty="300"
    ),
    Field(
        "security_tests",
        ("dso", "security", "test_days"),
        "Unseen days to test with",
        day_cells.days,
        "",
        "Other days",
        empty="1000",
    ),
    Field(
        "outage_price",
        ("dso", "outage_price", "eur_per_kwh"),
        "Energy not supplied costs",
        cells.not_negative,
        "€/kWh",
        "If a line fails",
        empty="not counted",
    ),
    Field(
        "outage_faults",
        ("dso", "outage_price", "faults_per_line_year"),
        "Faults of a line",
        cells.not_negative,
        "a year",
        "If a line fails",
        empty="0.1",
    ),
    Field(
        "outage_repair",
        ("dso", "outage_price", "repair_h"),
        "A repair takes",
        cells.positive,
        "h",
        "If a line fails",
        empty="4",
    ),
    Field(
        "outage_operation",
        ("dso", "outage_price", "operation_h"),
        "An operation takes",
        cells.positive,
        "h",
        "If a line fails",
        empty="0.25",
    ),
    Field("switching_cost", ("dso", "switching_cost_eur"), "One operation costs", cells.not_negative, "€", "Switching"),
    Field(
        "switching_hour",
        ("dso", "max_switching_per_hour"),
        "Operations an hour, at most",
        cells.whole,
        "",
        "Switching",
        empty="any",
    ),
    Field(
        "switching_day",
        ("dso", "max_switching_per_day"),
        "Operations a day, at most",
        cells.whole,
        "",
        "Switching",
        empty="any",
    ),
    Field(
        "min_dwell",
        ("dso", "min_dwell_h"),
        "Minimum time between operations",
        cells.not_negative,
        "h",
        "Switching",
        empty="0",
    ),
    Field(
        "return_to_initial",
        ("dso", "return_to_initial"),
        "Back to the start at the end",
        cells.yes_no,
        "",
        "Switching",
        choices=("no", "yes"),
    ),
    Field(
        "line_costs",
        ("dso", "line_switching_costs_eur"),
        "Operation of single lines",
        cells.line_values,
        "line: €",
        "Switching",
        empty="none",
    ),
    Field(
        "bus_taps",
        ("network", "bus_taps"),
        "Tap changers at substations",
        lever_cells.bus_taps,
        "bus: range, %",
        "Taps and capacitors",
        write=lever_cells.write_taps,
        empty="as built",
    ),
    Field(
        "line_taps",
        ("network", "line_taps"),
        "Tap changers of lines",
        lever_cells.taps,
        "line: range, %",
        "Taps and capacitors",
        write=lever_cells.write_taps,
        empty="as built",
    ),
    Field(
        "capacitors",
        ("network", "capacitors"),
        "Capacitors",
        lever_cells.capacitors,
        "bus: kvar",
        "Taps and capacitors",
        write=lever_cells.write_capacitors,
        empty="as built",
    ),
    Field(
        "levers",
        ("dso", "levers"),
        "Taps and capacitors that move",
        lever_cells.moving,
        "",
        "Taps and capacitors",
        write=lever_cells.write_moving,
        choices=tuple(lever_cells.MOVING.values()),
    ),
    Field("lever_cost", ("dso", "lever_cost_eur"), "One step costs", cells.not_negative, "€", "Taps and capacitors"),
    Field(
        "lever_steps",
        ("dso", "max_lever_steps"),
        "Steps a day, at most",
        cells.whole,
        "",
        "Taps and capacitors",
        empty="any",
    ),
    Field("vm_min", ("network", "vm_min_pu"), "Lowest voltage", cells.positive, "p.u.", "Grid", empty="as built"),
    Field("vm_max", ("network", "vm_max_pu"), "Highest voltage", cells.positive, "p.u.", "Grid", empty="as built"),
    Field(
        "substation",
        ("network", "substation_voltage_pu"),
        "Substation voltage",
        cells.positive,
        "p.u.",
        "Grid",
        empty="as built",
    ),
    Field(
        "line_limit",
        ("network", "line_limit_a"),
        "Current limit of lines",
        cells.positive,
        "A",
        "Grid",
        empty="as built",
    ),
    Field(
        "line_limits",
        ("network", "line_limits_a"),
        "Limits of single lines",
        cells.line_values,
        "line: A",
        "Grid",
        empty="none",
    ),
    Field(
        "background_profile",
        ("network", "background_profile"),
        "Background load follows",
        cells.bus_groups,
        "profile: buses",
        "Grid",
        write=cells.write_bus_groups,
        empty="constant",
    ),
    Field("background", ("network", "background_scale"), "Background load, factor", cells.not_negative, "", "Grid"),
    Field(
        "switchable",
        ("network", "switchable"),
        "Lines that may switch",
        cells.switchable,
        "or all",
        "Grid",
        write=cells.write_lines,
        empty="as built",
    ),
    Field(
        "open",
        ("network", "initially_open"),
        "Open at the start",
        cells.lines,
        "or none",
        "Grid",
        write=cells.write_lines,
        empty="as built",
    ),
)
"""Fields of the settings in their order."""
