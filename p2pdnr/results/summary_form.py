"""The form of summary.json: what of it is read again must be what it says, whoever wrote the file."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError

from p2pdnr.errors import Problem
from p2pdnr.results.limits import MAX_STRESS_DAYS

Figures = dict[str, FiniteFloat | None]


class Claim(BaseModel):
    """A certificate as it is stated."""

    model_config = ConfigDict(strict=True, extra="allow")

    holds: bool
    value: FiniteFloat | None = None
    limit: FiniteFloat | None = None
    state: Literal["holds", "does not hold", "not shown"] | None = None
    reason: str = ""


class Stress(BaseModel):
    """A stress test as far as it says what is to be drawn again."""

    model_config = ConfigDict(strict=True, extra="allow")

    days: Annotated[int, Field(ge=1, le=MAX_STRESS_DAYS)]
    seed: Annotated[int, Field(ge=0)]


class RoleFigures(BaseModel):
    """What is stated about the operator's role; figures of single roles stand beside its name."""

    model_config = ConfigDict(strict=True, extra="allow")

    name: Literal["validate", "envelopes", "leader"]
    operator_cost_eur: FiniteFloat
    curtailed_kwh: FiniteFloat | None = None
    shed_kwh: FiniteFloat | None = None
    compensation_eur: FiniteFloat | None = None
    revenue_eur: FiniteFloat | None = None


class TrueLimits(BaseModel):
    """The limits that a secure plan keeps, those of a line None where it has none."""

    model_config = ConfigDict(strict=True, extra="forbid")

    vm_min_pu: FiniteFloat
    vm_max_pu: FiniteFloat
    limit_a: list[Annotated[FiniteFloat, Field(gt=0)] | None]


class SecureTest(BaseModel):
    """The days on which a secure plan was tested, as far as they are to be drawn again."""

    model_config = ConfigDict(strict=True, extra="allow")

    days: Annotated[int, Field(ge=1, le=MAX_STRESS_DAYS)]
    seed: Annotated[int, Field(ge=0)]


class Secure(BaseModel):
    """What is stated about a secure plan."""

    model_config = ConfigDict(strict=True, extra="allow")

    limits: TrueLimits
    test: SecureTest
    price_eur: FiniteFloat | None = None


class HeldVoltage(BaseModel):
    """What a generator that holds the voltage of its bus gives hour by hour."""

    model_config = ConfigDict(strict=True, extra="allow")

    bus: int
    kvar: list[FiniteFloat]


class Summary(BaseModel):
    """The fields that commands and the page rely on; others may stand beside them."""

    model_config = ConfigDict(strict=True, extra="allow")

    name: str
    mode: Literal["hourly", "static", "fixed"]
    p2p: bool
    status: str
    certificates: dict[str, Claim] | None
    objective_eur: FiniteFloat | None = None
    costs_eur: Figures = {}
    losses_kwh: FiniteFloat | None = None
    vm_min_pu: FiniteFloat | None = None
    vm_max_pu: FiniteFloat | None = None
    operations: FiniteFloat | None = None
    lever_steps: FiniteFloat | None = None
    curtailed_kwh: FiniteFloat | None = None
    community_saving_eur: FiniteFloat | None = None
    operator_surplus_eur: FiniteFloat | None = None
    charges_collected_eur: FiniteFloat | None = None
    prosumers: int | None = None
    above_tariff: int | None = None
    above_tariff_ids: list[str] = []
    above_tariff_most_eur: FiniteFloat | None = None
    tolerance_kw: FiniteFloat | None = None
    lower_bound_eur: FiniteFloat | None = None
    reschedule_eur: FiniteFloat | None = None
    seconds: Figures | None = None
    remarks: list[str] = []
    generators: list[HeldVoltage] = []
    meshed_lines: list[int] = []
    coordinated: bool = True
    stress: Stress | None = None
    role: RoleFigures | None = None
    secure: Secure | None = None
    scenario_sha256: str | None = None


def problems(summary: dict[str, Any], remedy: str) -> list[Problem]:
    """What of a summary is not of its form."""
    try:
        Summary.model_validate(summary)
    except ValidationError as error:
        return [
            Problem("document", ".".join(map(str, item["loc"])), (), item["msg"][:1].lower() + item["msg"][1:], remedy)
            for item in error.errors(include_url=False, include_input=False, include_context=False)
        ]
    return []
