"""The scenario as frozen models: one JSON document that holds everything a study needs (docs/formats.md).

Types are as strict as JSON's: no text for a number, no true for 1, no NaN, nothing unknown. What takes more than one
field to judge stands in :mod:`p2pdnr.scenario.consistency`; what takes the network, in :mod:`p2pdnr.scenario.checks`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Discriminator, Field, StrictBool, Tag

from p2pdnr.scenario.field_types import (
    BUS_KEYS,
    LINE_KEYS,
    BusPlace,
    Count,
    LineKey,
    LinePlace,
    Model,
    Name,
    NotNegative,
    Number,
    Position,
    Positive,
    PositiveShare,
    PriceSeries,
    ProsumerId,
    Series,
    Share,
    Text,
    Voltage,
    form,
)
from p2pdnr.scenario.network_schema import Capacitor, LineTap, NetworkTable, Place, Tap

_Source = Annotated[
    Annotated[Name, Tag("<text>")] | Annotated[NetworkTable, Tag("<object>")],
    Discriminator(form),
]
_Switchable = Annotated[
    Annotated[Literal["all"], Tag("<text>")] | Annotated[tuple[LinePlace, ...], Tag("<list>")],
    Discriminator(form),
]
_BackgroundProfile = Annotated[
    Annotated[Name, Tag("<text>")] | Annotated[Mapping[Name, tuple[Position, ...]], Tag("<object>")],
    Discriminator(form),
]
_Partners = Annotated[
    Annotated[Literal["all", "none"], Tag("<text>")]
    | Annotated[Count, Tag("<number>")]
    | Annotated[tuple[tuple[ProsumerId, ProsumerId], ...], Tag("<list>")],
    Discriminator(form),
]


class NetworkSettings(Model):
    """The feeder, and what the scenario changes about it; null always means "as the network says"."""

    source: _Source
    """A built-in name (case33bw), a file next to the scenario (network table, pandapower net, workbook, MATPOWER
    case), or an inline table."""
    vm_min_pu: Voltage | None = None
    """Lowest voltage allowed; 0.9 where the network says nothing either."""
    vm_max_pu: Voltage | None = None
    """Highest voltage allowed; 1.1 where the network says nothing either."""
    substation_voltage_pu: Voltage | None = None
    """Held by every substation."""
    line_limit_a: Positive | None = None
    """Current limit of every line, whatever the network says."""
    line_limits_a: Annotated[Mapping[LineKey, Positive], LINE_KEYS] = Field(default_factory=dict)
    """Current limits of single lines, by line number; they go before line_limit_a."""
    bus_taps: Annotated[Mapping[LineKey, Tap], BUS_KEYS] = Field(default_factory=dict)
    """Tap changers of substations, by bus number, instead of those of the network there."""
    line_taps: Annotated[Mapping[LineKey, LineTap], LINE_KEYS] = Field(default_factory=dict)
    """Tap changers of lines, by line number, instead of those of the network there."""
    capacitors: Annotated[Mapping[LineKey, Capacitor], BUS_KEYS] = Field(default_factory=dict)
    """Switched capacitors, by bus number, instead of those of the network there."""
    places: Annotated[Mapping[LineKey, Place], BUS_KEYS] = Field(default_factory=dict)
    """Buses that stand elsewhere in the drawing than it would put them, by bus number; nothing else depends on them."""
    switchable: _Switchable | None = None
    """"all", or the numbers or ids of the lines that may be switched."""
    initially_open: tuple[LinePlace, ...] | None = None
    """Numbers or ids of the lines that are open before the first hour."""
    background_scale: NotNegative = 1.0
    """Factor on the network's own loads."""
    background_profile: _BackgroundProfile | None = None
    """A profile for all buses, or profiles with the buses they hold for; factor 1 where none is named."""


class Tariff(Model):
    """The retailer's prices, one value per step or one number for all; it never pays more than it takes."""

    buy_eur_per_kwh: PriceSeries
    """What the retailer takes."""
    sell_eur_per_kwh: PriceSeries
    """What the retailer pays for surplus."""


class Preference(Model):
    """What trading with ``to`` costs ``from``, per kWh, beyond all prices (product differentiation)."""

    from_: ProsumerId = Field(alias="from")
    """Who minds."""
    to: ProsumerId
    """The partner it minds, whichever way the power goes."""
    eur_per_kwh: NotNegative
    """Its cost."""


class Market(Model):
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


class Security(Model):
    """A plan that keeps its limits on days that are not as forecast (docs/secure.md)."""

    share: Annotated[float, Field(strict=True, allow_inf_nan=False, ge=0.5, le=0.999)] = 0.95
    """Of days that the planner has not seen: on so many of them no limit of voltage or current breaks."""
    days: Annotated[Count, Field(ge=50, le=10_000)] = 300
    """Drawn to plan with; the plan is tested on others."""
    test_days: Annotated[Count, Field(ge=50, le=10_000)] = 1000
    """Unseen ones that test the plan."""


class OutagePrice(Model):
    """Energy that faults of single lines leave unsupplied has a price (docs/model.md)."""

    eur_per_kwh: NotNegative
    """Of energy not supplied."""
    faults_per_line_year: NotNegative = 0.1
    """How often a line in use fails in a year."""
    repair_h: Positive = 4.0
    """Hours until what no switching brings back has supply again."""
    operation_h: Positive = 0.25
    """Hours until what one operation brings back has supply again."""


class Forecast(Model):
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


class VoltVarPoint(Model):
    """A point of a Volt-VAR curve, straight between its points and level beyond the first and the last."""

    vm_pu: Voltage
    """Voltage at the inverter's bus."""
    share: Annotated[float, Field(strict=True, allow_inf_nan=False, ge=-1, le=1)]
    """Reactive power fed into the grid there, as a share of the inverter's kVA; below zero it takes some."""


class Dso(Model):
    """The distribution system operator: prices of what it minimises, and limits on switching."""

    loss_price_eur_per_kwh: NotNegative = 0.12
    """What a kWh of losses costs the operator."""
    switching_cost_eur: NotNegative = 0.0
    """Per operation: one line changing state once."""
    max_switching_per_hour: Count | None = None
    """Largest number of operations in a step."""
    max_switching_per_day: Count | None = None
    """Largest number of operations in a day of 24 / step_h steps."""
    line_switching_costs_eur: Annotated[Mapping[LineKey, NotNegative], LINE_KEYS] = Field(default_factory=dict)
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
    reactive: Literal["none", "dispatch", "volt_var"] = "none"
    """Reactive power of inverters: none, as the operator chooses it, or as the voltage at the inverter's bus has it."""
    volt_var: Annotated[tuple[VoltVarPoint, ...], Field(min_length=1, max_length=20)] | None = None
    """Of volt_var: the curve; null = that of IEEE 1547-2018, category B (Table 8): 44 % up to 0.92 p.u., none from
    0.98 to 1.02, -44 % from 1.08."""
    levers: Name = "none"
    """Tap changers and capacitors that move by the hour: "none", "taps", "capacitors", "all", or some by the name of
    their bus or line, such as "bus:1,line:K17"; the others stay where they stand."""
    lever_cost_eur: NotNegative = 0.0
    """Of moving one of them by one step; hour 0 counts against the positions of the network."""
    max_lever_steps: Count | None = None
    """Largest number of steps of all of them together in a day of 24 / step_h steps."""
    security: Security | None = None
    """The plan keeps its limits on a share of days that are not as forecast; null = on the day as forecast alone."""
    outage_price: OutagePrice | None = None
    """Security of supply counts in the choice of topologies; null = it does not."""


class Battery(Model):
    """A battery; its energy at the end of the horizon, or of each cycle, is that at the start."""

    capacity_kwh: NotNegative
    """Energy when full."""
    power_kw: NotNegative
    """Limit of charging and of discharging."""
    efficiency: PositiveShare = 0.95
    """Of each way."""
    min_kwh: NotNegative = 0.0
    """Least energy, kept in every hour."""
    initial_kwh: NotNegative = Field(
        default_factory=lambda given: max(given.get("capacity_kwh", 0.0) / 2, given.get("min_kwh", 0.0))
    )
    """Energy at the start and at the end; when not given half the capacity, or min_kwh where that is more."""
    cycle_h: Positive | None = None
    """Hours, a multiple of the step, after which the energy is that at the start again, counted from the first step: 24
    = at the end of each day; null = at the end of the horizon alone."""
    wear_eur_per_kwh: NotNegative = 0.001
    """Per kWh charged and per kWh discharged."""


class Elastic(Model):
    """Load x with utility u x - (1/2) slope x^2 per hour."""

    max_kw: NotNegative
    """Largest load."""
    utility_eur_per_kwh: Number
    """u, what the first kWh is worth."""
    slope_eur_per_kw2h: NotNegative = 0.0
    """How fast that falls."""


class Generator(Model):
    """Dispatchable generator q with cost c q + (1/2) slope q^2 per hour."""

    max_kw: NotNegative
    """Largest output."""
    cost_eur_per_kwh: Number
    """c, what the first kWh costs."""
    slope_eur_per_kw2h: NotNegative = 0.0
    """How fast that rises."""


class Prosumer(Model):
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
    inverter_kva: NotNegative | None = None
    """Apparent power of the inverter that PV and battery share; null = none, which gives no reactive power."""
    flexible_share: Share = 0.0
    """How far the fixed load may deviate from plan in an hour, as a share of it; over the horizon it sums to zero, or
    within each window (flexible_window_h)."""
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


_JUDGED = "_judged"


class Scenario(Model):
    """Everything a study needs: feeder, profiles, tariff, market, operator, prosumers.

    Built by :mod:`p2pdnr.scenario.document`, which also sees to it that the parts fit each other.
    """

    name: Name
    """What the page and results call it."""
    description: Text = ""
    """Free text."""
    step_h: Annotated[float, Field(strict=True, allow_inf_nan=False, gt=0, le=24)] = 1.0
    """Length of one step in hours; "hour" means step everywhere."""
    start: Name | None = None
    """When the first step begins, by the clock of the place, such as 2026-06-21T00:00; null = on no day in particular,
    at midnight. Results then carry time stamps."""
    time_zone: Name | None = None
    """Zone of that clock, such as Europe/Berlin; null = a clock that goes through, without an offset."""
    flexible_window_h: Positive | None = None
    """Load is shifted within windows of so many hours, a multiple of the step, counted from the first step: 24 = within
    each day; null = over the whole horizon."""
    network: NetworkSettings
    profiles: Mapping[Name, Series]
    """Named series of factors, one value per hour."""
    tariff: Tariff
    market: Market = Field(default_factory=Market)
    dso: Dso = Field(default_factory=Dso)
    forecast: Forecast = Field(default_factory=Forecast)
    """How far sun and loads may be from the profiles."""
    prosumers: Annotated[tuple[Prosumer, ...], Field(min_length=1)]

    def judged(self) -> Scenario:
        """This scenario, which has come out of its document: its parts fit each other, and it remembers that. A copy
        with something changed (``model_copy``) is another scenario, which nobody has judged."""
        self.__dict__[_JUDGED] = id(self)
        return self

    @property
    def is_judged(self) -> bool:
        """Whether it has come out of its document as it is."""
        return bool(self.__dict__.get(_JUDGED) == id(self))

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
