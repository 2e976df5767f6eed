"""Days drawn from the errors of forecasts: margins, correlations in time and space, and numbers of their own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from p2pdnr.forecasts.error_model import ErrorModel, correlated, drawn, error_model
from p2pdnr.scenario import document
from p2pdnr.scenario.assembly import build_network, electrical_distance_pu
from tests.small_scenario import small_document

DAYS = 4000


def model_of(**forecast: object) -> ErrorModel:
    told = small_document()
    told["forecast"] = forecast
    scenario = document.from_dict(told)
    return error_model(scenario, build_network(scenario))


@pytest.fixture(scope="module")
def model() -> ErrorModel:
    return model_of(sun_sd=0.3, sun_hours=4, sun_reach=0.8, load_sd=0.1, load_shared=0.5, load_classes={"load": 0.2})


@pytest.fixture(scope="module")
def logarithms(model: ErrorModel) -> dict[str, np.ndarray]:
    days = drawn(model, 3, range(DAYS))
    return {"sun": np.log(days.sun), "load": np.log(days.load), "background": np.log(days.background)}


def test_factors_have_mean_one_and_the_deviation_that_is_stated(model: ErrorModel) -> None:
    days = drawn(model, 5, range(DAYS))
    assert days.sun.mean(axis=0) == pytest.approx(np.ones((4, 5)), abs=0.03)
    assert np.log(days.sun).std(axis=0) == pytest.approx(np.full((4, 5), 0.3), rel=0.06)
    assert np.log(days.load).std(axis=0) == pytest.approx(np.full((4, 3), 0.2), rel=0.06)
    assert days.background.shape == (DAYS, 4, 5)


def test_one_cloud_field_over_the_feeder(model: ErrorModel, logarithms: dict[str, np.ndarray]) -> None:
    """The correlation of two buses falls exponentially with their electrical distance."""
    scenario = document.from_dict(small_document())
    network = build_network(scenario)
    distance = electrical_distance_pu(network, np.arange(5))
    seen = np.corrcoef(logarithms["sun"][:, 2].T)
    assert seen == pytest.approx(np.exp(-distance / distance.max() / 0.8), abs=0.05)


def test_neighbouring_hours_are_alike(logarithms: dict[str, np.ndarray]) -> None:
    sun, load = logarithms["sun"][:, :, 2], logarithms["load"][:, :, 0]
    assert np.corrcoef(sun[:, 0], sun[:, 1])[0, 1] == pytest.approx(np.exp(-1 / 4), abs=0.05)
    assert np.corrcoef(sun[:, 0], sun[:, 3])[0, 1] == pytest.approx(np.exp(-3 / 4), abs=0.05)
    assert np.corrcoef(load[:, 0], load[:, 1])[0, 1] == pytest.approx(np.exp(-1 / 3), abs=0.05)


def test_loads_of_a_class_have_a_part_in_common(logarithms: dict[str, np.ndarray]) -> None:
    """Prosumers and the network's own loads follow the same profile here; the sun is another matter."""
    of_people = logarithms["load"][:, 1]
    assert np.corrcoef(of_people[:, 0], of_people[:, 2])[0, 1] == pytest.approx(0.5, abs=0.05)
    assert np.corrcoef(of_people[:, 0], logarithms["background"][:, 1, 3])[0, 1] == pytest.approx(0.5, abs=0.05)
    assert np.corrcoef(of_people[:, 0], logarithms["sun"][:, 1, 0])[0, 1] == pytest.approx(0.0, abs=0.05)


def test_a_day_is_the_same_whatever_is_drawn_with_it(model: ErrorModel) -> None:
    together, alone = drawn(model, 9, range(4)), drawn(model, 9, range(2, 3))
    assert (together.sun[2] == alone.sun[0]).all()
    assert (together.background[2] == alone.background[0]).all()
    assert (drawn(model, 10, range(2, 3)).sun != alone.sun).any()


def test_nothing_is_disturbed_where_no_error_is_expected() -> None:
    calm = drawn(model_of(sun_sd=0, load_sd=0), 0, range(3))
    assert (calm.sun == 1.0).all()
    assert (calm.load == 1.0).all()
    assert (calm.background == 1.0).all()


def test_other_classes_have_other_deviations() -> None:
    told = small_document()
    told["network"]["background_profile"] = {"load": [2, 3]}
    told["forecast"] = {"load_sd": 0.05, "load_classes": {"network": 0.4, "load": 0.2}}
    scenario = document.from_dict(told)
    found = error_model(scenario, build_network(scenario))
    assert found.load_sd.tolist() == [0.2, 0.2, 0.2, 0.4, 0.2, 0.2, 0.4, 0.4]
    assert found.classes == 2


def test_series_stay_standard_normal() -> None:
    rng = np.random.default_rng(0)
    series = correlated(rng.standard_normal((DAYS, 6, 1)), 0.9)
    assert series.std(axis=0) == pytest.approx(np.ones((6, 1)), abs=0.04)
    assert (correlated(series, 0.0) == series).all()


def test_a_quarter_of_an_hour_is_a_shorter_time(model: ErrorModel) -> None:
    fine = drawn(replace(model, step_h=0.25), 1, range(DAYS))
    sun = np.log(fine.sun[:, :, 0])
    assert np.corrcoef(sun[:, 0], sun[:, 1])[0, 1] == pytest.approx(np.exp(-1 / 16), abs=0.03)
