"""The scenario as frozen models: one JSON document that holds everything a study needs (docs/formats.md).

Types are as strict as JSON's: no text for a number, no true for 1, no NaN, nothing unknown. What takes more than one
field to judge stands in :mod:`p2pdnr.scenario.consistency`; what takes the network, in :mod:`p2pdnr.scenario.checks`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, StrictBool, Tag, WithJsonSchema

HUGE = 1e9
"""Larger quantities (in kW, kWh, EUR, A) are refused: they are slips, and they ruin the numbers of every solver."""

MAX_HOURS, FREE_HOURS = 672, 168
"""Most steps: a week of quarter hours. More than the second of these must lie within a week."""
MAX_NAME, MAX_TEXT = 200, 10_000

ID_PATTERN = r"^[\p{L}\p{M}\p{Nd}_ .-]{1,40}$"
"""Letters and digits of any language, as JSON schema and its readers have it (Python's re does not)."""


def is_id(text: str) -> bool:
    """Whether a text is what :data:`ID_PATTERN` says."""
    return 1 <= len(text) <= 40 and all(map(_in_an_id, text))


def _in_an_id(character: str) -> bool:
    kind = unicodedata.category(character)
    return character in "_ .-" or kind[0] in "LM" or kind == "Nd"


def _whole(value: Any) -> Any:
    """2.0 is a whole number in JSON."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _line_key(key: Any) -> Any:
    """Keys of JSON objects are texts: "3" is line 3, while "03", "3.0" and " 3" are refused as they stand."""
    plain = isinstance(key, str) and key.isascii() and key.isdigit() and not key.startswith("0") and len(key) < 10
    return int(key) if plain else key


Number = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=-HUGE, le=HUGE)]
NotNegative = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=0, le=HUGE)]
Positive = Annotated[float, Field(strict=True, allow_inf_nan=False, gt=0, le=HUGE)]
Share = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=0, le=1)]
PositiveShare = Annotated[float, Field(strict=True, allow_inf_nan=False, gt=0, le=1)]
Voltage = Annotated[float, Field(strict=True, allow_inf_nan=False, gt=0, le=2)]
Count = Annotated[int, Field(strict=True, ge=0, le=1_000_000), BeforeValidator(_whole)]
Position = Annotated[int, Field(strict=True, ge=1, le=1_000_000), BeforeValidator(_whole)]
LineKey = Annotated[int, Field(strict=True, ge=1, le=1_000_000), BeforeValidator(_line_key)]
_LINE_KEYS = Field(json_schema_extra={"propertyNames": {"pattern": "^[1-9][0-9]{0,6}$"}})
ProsumerId = Annotated[str, Field(strict=True, pattern=ID_PATTERN)]
Name = Annotated[str, Field(strict=True, min_length=1, max_length=MAX_NAME)]
Text = Annotated[str, Field(strict=True, max_length=MAX_TEXT)]
# How many hours there are is judged over all lists at once (consistency), so that one slip is one message.
Series = Annotated[tuple[Number, ...], Field(json_schema_extra={"minItems": 1, "maxItems": MAX_HOURS})]

# What may be written in more than one way has one form here; the JSON schema says all (p2pdnr.scenario.spelling).
_NUMBER = {"type": "number", "minimum": -HUGE, "maximum": HUGE}
_SERIES = {"type": "array", "items": _NUMBER, "minItems": 1, "maxItems": MAX_HOURS}
_PLACE = {"type": "integer", "minimum": 1, "maximum": 1_000_000}
_OWN_ID = {"type": "string", "minLength": 1, "maxLength": MAX_NAME, "pattern": "[^0-9.]"}
PriceSeries = Annotated[tuple[Number, ...], WithJsonSchema({"anyOf": [_NUMBER, _SERIES]})]
BusPlace = Annotated[Position, WithJsonSchema({"anyOf": [_PLACE, _OWN_ID]})]
LinePlace = Annotated[Position, WithJsonSchema({"anyOf": [_PLACE, _OWN_ID]})]


def _form(value: Any) -> str | None:
    """Which form of a field with several forms a value takes; names that no document holds."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        return "<text>"
    if isinstance(value, int | float):
        return "<number>"
    return "<list>" if isinstance(value, list | tuple) else "<object>"


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


_Label = Annotated[
    Annotated[Name, Tag("<text>")] | Annotated[Position, Tag("<number>")],
    Discriminator(_form),
]


class BusRow(_Model):
    """A bus of an inline network; its number is its place in the list, from 1."""

    id: _Label | None = None
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


class LineRow(_Model):
    """A line of an inline network; its number is its place in the list, from 1."""

    id: _Label | None = None
    """What people call it; a number must be the line's place."""
    from_: _Label = Field(alias="from")
    """Number or id of a bus; a flow counts positive from here."""
    to: _Label
    """Number or id of a bus."""
    r_ohm: NotNegative
    """Series resistance per phase."""
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


class NetworkTable(_Model):
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


_Source = Annotated[
    Annotated[Name, Tag("<text>")] | Annotated[NetworkTable, Tag("<object>")],
    Discriminator(_form),
]
_Switchable = Annotated[
    Annotated[Literal["all"], Tag("<text>")] | Annotated[tuple[LinePlace, ...], Tag("<list>")],
    Discriminator(_form),
]
_BackgroundProfile = Annotated[
    Annotated[Name, Tag("<text>")] | Annotated[Mapping[Name, tuple[Position, ...]], Tag("<object>")],
    Discriminator(_form),
]
_Partners = Annotated[
    Annotated[Literal["all", "none"], Tag("<text>")]
    | Annotated[Count, Tag("<number>")]
    | Annotated[tuple[tuple[ProsumerId, ProsumerId], ...], Tag("<list>")],
    Discriminator(_form),
]


class NetworkSettings(_Model):
    """The feeder, and what the scenario changes about it; null always means "as the network says"."""

    source: _Source
    """A built-in name (case33bw), a file next to the scenario (.json table or MATPOWER .m), or an inline table."""
    vm_min_pu: Voltage | None = None
    """Lowest voltage allowed; 0.9 where the network says nothing either."""
    vm_max_pu: Voltage | None = None
    """Highest voltage allowed; 1.1 where the network says nothing either."""
    substation_voltage_pu: Voltage | None = None
    """Held by every substation."""
    line_limit_a: Positive | None = None
    """Current limit of every line, whatever the network says."""
    line_limits_a: Annotated[Mapping[LineKey, Positive], _LINE_KEYS] = Field(default_factory=dict)
    """Current limits of single lines, by line number; they go before line_limit_a."""
    switchable: _Switchable | None = None
    """"all", or the numbers or ids of the lines that may be switched."""
    initially_open: tuple[LinePlace, ...] | None = None
    """Numbers or ids of the lines that are open before the first hour."""
    background_scale: NotNegative = 1.0
    """Factor on the network's own loads."""
    background_profile: _BackgroundProfile | None = None
    """A profile for all buses, or profiles with the buses they hold for; factor 1 where none is named."""


class Tariff(_Model):
    """The retailer's prices, one value per step or one number for all; it never pays more than it takes."""

    buy_eur_per_kwh: PriceSeries
    """What the retailer takes."""
    sell_eur_per_kwh: PriceSeries
    """What the retailer pays for surplus."""


class Preference(_Model):
    """What trading with ``to`` costs ``from``, per kWh, beyond all prices (product differentiation)."""

    from_: ProsumerId = Field(alias="from")
    """Who minds."""
    to: ProsumerId
    """The partner it minds, whichever way the power goes."""
    eur_per_kwh: NotNegative
    """Its cost."""


class Market(_Model):
    """Who may trade with whom, and what a trade costs."""

    partners: _Partners = 6
    """"all", "none", pairs of ids, or k: the k nearest of each prosumer by the sum of |z| over the initial tree (ties
    in list order), both sides' choices together."""
    trade_fee_eur_per_kwh: NotNegative = 0.001
    """Paid by each side of a trade."""
    trade_limit_kw: NotNegative | None = None
    """Largest trade of a pair; null = the smaller partner's largest possible power."""
    preferences: tuple[Preference, ...] = ()
    """What trading with somebody costs a prosumer beyond all prices."""


class Security(_Model):
    """A plan that keeps its limits on days that are not as forecast (docs/secure.md)."""

    share: Annotated[float, Field(strict=True, allow_inf_nan=False, ge=0.5, le=0.999)] = 0.95
    """Of days that the planner has not seen: on so many of them no limit of voltage or current breaks."""
    days: Annotated[int, Field(strict=True, ge=50, le=10_000), BeforeValidator(_whole)] = 300
    """Drawn to plan with; the plan is tested on others."""


class Forecast(_Model):
    """How far sun and loads may be from what the profiles say (docs/forecasts.md)."""

    sun_sd: Share = 0.2
    """Standard deviation of the logarithm of the sun's factor at one place."""
    sun_hours: Positive = 6.0
    """Time over which its correlation falls to 1/e."""
    sun_reach: Positive = 1.0
    """Distance over which it does, as a share of the feeder's largest electrical distance."""
    load_sd: Share = 0.1
    """Standard deviation of the logarithm of a load's factor."""
    load_classes: Mapping[Name, Share] = Field(default_factory=dict)
    """The same of single classes: names of load profiles, "network" for buses without a background profile."""
    load_hours: Positive = 3.0
    """Time over which the correlation of loads falls to 1/e."""
    load_shared: Share = 0.25
    """Share of a load's variance that all loads of its class have in common."""


Role = Literal["welfare", "validate", "envelopes", "leader"]
"""What a distribution system operator may do (docs/model.md)."""


class Dso(_Model):
    """The distribution system operator: prices of what it minimises, and limits on switching."""

    loss_price_eur_per_kwh: NotNegative = 0.12
    """What a kWh of losses costs the operator."""
    switching_cost_eur: NotNegative = 0.0
    """Per operation: one line changing state once."""
    max_switching_per_hour: Count | None = None
    """Largest number of operations in a step."""
    max_switching_per_day: Count | None = None
    """Largest number of operations in a day of 24 / step_h steps."""
    line_switching_costs_eur: Annotated[Mapping[LineKey, NotNegative], _LINE_KEYS] = Field(default_factory=dict)
    """Costs of single lines, by line number, instead of switching_cost_eur."""
    min_dwell_h: NotNegative | None = None
    """Least time between two operations of a line."""
    return_to_initial: StrictBool = False
    """Whether the initial topology is restored after the last hour, at the usual cost."""
    violation_price_eur_per_kwh: Positive = 10.0
    """Of what exceeds a limit of voltage or current, and of load that is not served."""
    role: Role = "welfare"
    """What the operator may do: agree with the market on one optimum ("welfare"), take the market's injections and
    curtail where limits would break ("validate"), publish limits of every injection ("envelopes"), or set charges
    before the market clears ("leader")."""
    curtailment: Literal["cost", "proportional"] = "cost"
    """Of validate: what is lost costs least, or everybody who matters for a limit gives up the same share."""
    compensation: Literal["none", "lost_revenue"] = "none"
    """Of validate: whether the operator pays those whom it curtails what they lost by it."""
    max_charge_eur_per_kwh: NotNegative | None = None
    """Of leader: the highest charge; null = the retailer's highest price."""
    refund: Literal["none", "equal", "use"] = "none"
    """What is collected beyond the operator's cost goes back: not, to all equally, or by what they used."""
    security: Security | None = None
    """The plan keeps its limits on a share of days that are not as forecast; null = on the day as forecast alone."""


class Battery(_Model):
    """A battery; its energy at the end of the horizon is that at the start."""

    capacity_kwh: NotNegative
    """Energy when full."""
    power_kw: NotNegative
    """Limit of charging and of discharging."""
    efficiency: PositiveShare = 0.95
    """Of each way."""
    initial_kwh: NotNegative = Field(default_factory=lambda given: given.get("capacity_kwh", 0.0) / 2)
    """Energy at the start and at the end; half the capacity when not given."""
    wear_eur_per_kwh: NotNegative = 0.001
    """Per kWh charged and per kWh discharged."""


class Elastic(_Model):
    """Load x with utility u x - (1/2) slope x^2 per hour."""

    max_kw: NotNegative
    """Largest load."""
    utility_eur_per_kwh: Number
    """u, what the first kWh is worth."""
    slope_eur_per_kw2h: NotNegative = 0.0
    """How fast that falls."""


class Generator(_Model):
    """Dispatchable generator q with cost c q + (1/2) slope q^2 per hour."""

    max_kw: NotNegative
    """Largest output."""
    cost_eur_per_kwh: Number
    """c, what the first kWh costs."""
    slope_eur_per_kw2h: NotNegative = 0.0
    """How fast that rises."""


class Prosumer(_Model):
    """One prosumer at its bus; every part of it is optional."""

    id: ProsumerId
    """1 to 40 letters of any language, digits, blanks, `_ . -`."""
    bus: BusPlace
    """Number or id of the bus where it is connected; it comes on top of the bus's own load."""
    load_kw: NotNegative = 0.0
    """Fixed load where its profile is 1."""
    load_profile: Name = "load"
    """Profile of the fixed load."""
    power_factor: PositiveShare = 1.0
    """Of the fixed load, lagging; everything else runs at unity."""
    pv_kw: NotNegative = 0.0
    """PV output where its profile is 1; it may be curtailed."""
    pv_profile: Name = "pv"
    """Profile of the PV output."""
    flexible_share: Share = 0.0
    """How far the fixed load may deviate from plan in an hour, as a share of it; over the horizon it sums to zero."""
    discomfort_eur_per_kw2h: NotNegative = 0.0
    """Cost (1/2) discomfort f^2 of the deviation f."""
    battery: Battery | None = None
    elastic: Elastic | None = None
    generator: Generator | None = None
    import_limit_kw: NotNegative | None = None
    """From the retailer; null = none, 0 = islanded from it."""
    export_limit_kw: NotNegative | None = None
    """To the retailer; null = none, 0 = islanded from it."""
    tariff: Tariff | None = None
    """Its own, instead of the scenario's."""


class Scenario(_Model):
    """Everything a study needs: feeder, profiles, tariff, market, operator, prosumers.

    Built by :mod:`p2pdnr.scenario.document`, which also sees to it that the parts fit each other.
    """

    name: Name
    """What the page and results call it."""
    description: Text = ""
    """Free text."""
    step_h: Annotated[float, Field(strict=True, allow_inf_nan=False, gt=0, le=24)] = 1.0
    """Length of one step in hours; "hour" means step everywhere."""
    network: NetworkSettings
    profiles: Mapping[Name, Series]
    """Named series of factors, one value per hour."""
    tariff: Tariff
    market: Market = Field(default_factory=Market)
    dso: Dso = Field(default_factory=Dso)
    forecast: Forecast = Field(default_factory=Forecast)
    """How far sun and loads may be from the profiles."""
    prosumers: Annotated[tuple[Prosumer, ...], Field(min_length=1)]

    def __repr__(self) -> str:
        source = self.network.source if isinstance(self.network.source, str) else "a network of its own"
        return f"<Scenario {self.name!r}: {len(self.prosumers)} prosumers on {source}, {self.hours} hours>"

    @property
    def hours(self) -> int:
        """Number of steps T; all series have this length."""
        return len(self.tariff.buy_eur_per_kwh)

    def tariff_of(self, prosumer: Prosumer) -> Tariff:
        """The tariff that holds for a prosumer: its own, or the scenario's."""
        return prosumer.tariff or self.tariff
