"""A network table inside a scenario, as frozen models: its buses, its lines, their tap changers and capacitors."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Discriminator, Field, StrictBool, Tag

from p2pdnr.scenario.field_types import (
    Count,
    Model,
    Name,
    Number,
    Position,
    Positive,
    Text,
    Voltage,
    form,
    whole,
)

Label = Annotated[
    Annotated[Name, Tag("<text>")] | Annotated[Position, Tag("<number>")],
    Discriminator(form),
]


TapPosition = Annotated[int, Field(strict=True, ge=-1000, le=1000), BeforeValidator(whole)]


class Tap(Model):
    """A tap changer; it multiplies a voltage by 1 + (position - neutral) step."""

    min: TapPosition
    """Its lowest position."""
    max: TapPosition
    """Its highest position."""
    step_percent: Positive
    """Of the voltage, by one position."""
    neutral: TapPosition = 0
    """The position at which it changes nothing."""
    position: TapPosition | None = None
    """Where it stands before the first hour; null = neutral."""


class LineTap(Tap):
    """A tap changer at one end of a line: a transformer's, or a line regulator."""

    side: Literal["from", "to"] = "from"
    """The end whose voltage it multiplies: without load, higher positions give a lower voltage at the other end."""


class Capacitor(Model):
    """A switched capacitor."""

    step_kvar: Positive
    """What one step gives at nominal voltage."""
    steps: Annotated[Count, Field(ge=1, le=200)] = 1
    """How many there are."""
    on: Count = 0
    """How many are on before the first hour."""


class VoltageGenerator(Model):
    """A generator that holds the voltage of its bus within limits of reactive power."""

    vm_pu: Voltage
    """The voltage that it holds."""
    p_kw: Number = 0.0
    """What it gives; p_kw and q_kvar of the bus are its load alone."""
    min_kvar: Number | None = None
    """Least reactive power that it gives, below zero where it may take some; null = no limit."""
    max_kvar: Number | None = None
    """Most reactive power that it gives; null = no limit."""
    kvar: Number | None = None
    """What it gives in the network's own state; null = it is worked out."""


class Place(Model):
    """Where a bus stands in the drawing, in its units: a typical line is one long."""

    x: Number
    """To the right of its leftmost bus."""
    y: Number
    """Above its lowest bus."""


class BusRow(Model):
    """A bus of an inline network; its number is its place in the list, from 1."""

    id: Label | None = None
    """What people call it; a number must be the bus's place."""
    vn_kv: Positive
    """Nominal voltage, line to line."""
    p_kw: Number = 0.0
    """The bus's own load, all three phases together."""
    q_kvar: Number = 0.0
    """Positive = lagging."""
    substation_voltage_pu: Voltage | None = None
    """Given at substations, and only there; where no bus has one, bus 1 is a substation at 1.0."""
    x: Number | None = None
    """Place on the map: at all buses or at none."""
    y: Number | None = None
    shunt_kw: Number | None = None
    """What a constant admittance draws at nominal voltage."""
    shunt_kvar: Number | None = None
    """The same; a capacitor has negative kvar."""
    tap: Tap | None = None
    """Of a substation: its voltage at the neutral position is substation_voltage_pu."""
    capacitor: Capacitor | None = None
    """A switched capacitor, beside the shunt."""
    generator: VoltageGenerator | None = None
    """A generator that holds the voltage of the bus, which is no substation."""


class LineRow(Model):
    """A line of an inline network; its number is its place in the list, from 1."""

    id: Label | None = None
    """What people call it; a number must be the line's place."""
    from_: Label = Field(alias="from")
    """Number or id of a bus; a flow counts positive from here."""
    to: Label
    """Number or id of a bus."""
    r_ohm: Number
    """Series resistance per phase; below zero in a leg of a transformer with three windings alone."""
    x_ohm: Number
    """Series reactance per phase; not both are zero. Below zero in a transformer alone."""
    limit_a: Positive | None = None
    """Current limit."""
    switchable: StrictBool = True
    """Whether it may change state."""
    closed: StrictBool = True
    """Initial state."""
    transformer: StrictBool = False
    """May connect two voltage levels; its values are those seen from the "from" side."""
    ratio: Annotated[float, Field(strict=True, allow_inf_nan=False, ge=0.1, le=10)] | None = None
    """Of an ideal transformer at the "from" end, in p.u. of nominal voltages: from over to, without load."""
    g_us: Number | None = None
    """Conductance to earth in microsiemens, half of it at each end."""
    b_us: Number | None = None
    """Susceptance to earth in microsiemens (charging), half of it at each end."""
    g_from_us: Number | None = None
    """What stands at the "from" end beyond that, behind the ratio."""
    b_from_us: Number | None = None
    g_to_us: Number | None = None
    """What stands at the "to" end beyond that."""
    b_to_us: Number | None = None
    opened_at: Literal["both", "from", "to"] | None = None
    """Where the line is open when it is open; open at one end alone it stays charged from the other."""
    apart: StrictBool | None = None
    """Operated by itself though others run in parallel; closed lines between the same buses stay together otherwise."""
    tap: LineTap | None = None
    """A tap changer; its ratio and impedance hold at the neutral position."""


class NetworkTable(Model):
    """A network written out inside the scenario; bus 1 is the substation at 1.0 p.u. when no bus is marked as one."""

    name: Name | None = None
    description: Text | None = None
    source: Text | None = None
    switchable_by: Text | None = None
    """How it was decided which lines are switchable, for people."""
    base_mva: Positive = 1.0
    """Base of the per-unit system."""
    vm_min_pu: Voltage | None = None
    """Lowest voltage allowed; 0.9 when not given."""
    vm_max_pu: Voltage | None = None
    """Highest voltage allowed; 1.1 when not given."""
    buses: Annotated[tuple[BusRow, ...], Field(min_length=1)]
    lines: tuple[LineRow, ...] = ()
