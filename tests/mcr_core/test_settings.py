"""Settings of a run and sizes of memory."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcr_core.errors import OptionError
from mcr_core.losses import MSE
from mcr_core.optimizers import LBFGSB, Adam
from mcr_core.settings import Settings, parse_memory


def test_defaults():
    settings = Settings()
    assert settings.optimizer == LBFGSB()
    assert settings.loss == MSE()
    assert (settings.max_iter, settings.seed, settings.open_result) == (300, 0, False)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"optimizer": "adam"},
        {"optimizer": Adam(learning_rate=0.5)},
        {"optimizer": {"name": "adam", "options": {"beta_1": 0.5}}, "loss": {"name": "mse"}},
        {"seed": 2**62, "max_iter": 0, "start": "noise", "dtype": "float64", "memory": "8GB"},
    ],
)
def test_round_trip_through_json(given):
    settings = Settings(**given)
    assert Settings(**json.loads(json.dumps(settings.model_dump(mode="json")))) == settings


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"sede": 1}, "settings has no option 'sede': did you mean 'seed'?"),
        ({"seed": -1}, "settings: seed: expected greater than or equal to 0, got -1"),
        ({"seed": 2**63}, "settings: seed: expected less than 9223372036854775808"),
        ({"seed": 0.5}, "settings: seed: expected a valid integer"),
        ({"max_iter": -1}, "settings: max_iter: expected greater than or equal to 0, got -1"),
        ({"optimizer": "adm"}, "unknown optimizer 'adm': did you mean 'adam'?"),
        ({"optimizer": 5}, "expected a name, an instance or .* of the optimizer, got 5"),
        ({"loss": "mes"}, "unknown loss 'mes': did you mean 'mse'?"),
        ({"loss": {"name": "mse", "options": {"self": 1}}}, "mse has no option 'self'"),
        (
            {"loss": {"name": "mse", "options": {1: 1}}},
            "expected a name, an instance or .* of the loss",
        ),
        ({"start": "nois"}, "unknown start 'nois': did you mean 'noise'"),
        ({"phase_sum_weight": float("nan")}, "settings: phase_sum_weight: expected"),
        ({"device": "tpu"}, "settings: device: expected 'auto', 'cpu' or 'gpu', got 'tpu'"),
        ({"memory": "much"}, "expected a memory size such as 8GB or 500MB, got 'much'"),
    ],
)
def test_refused(given, message):
    with pytest.raises(OptionError, match=message.replace("?", r"\?")):
        Settings(**given)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("1", 1),
        ("1000", 1000),
        ("2K", 2048),
        ("500 MB", 500 * 2**20),
        ("8GB", 8 * 2**30),
        ("8gib", 8 * 2**30),
        ("1.5G", 3 * 2**29),
        (" 1TB ", 2**40),
    ],
)
def test_memory(text, size):
    assert parse_memory(text) == size


@pytest.mark.parametrize("text", ["", "GB", "0", "0GB", "-1GB", "1PB", "1e3", "nan", "9" * 400])
def test_wrong_memory(text):
    with pytest.raises(OptionError, match="expected a memory size such as 8GB"):
        parse_memory(text)


@given(st.text(max_size=12))
def test_any_text_is_a_size_or_refused(text):
    with contextlib.suppress(OptionError):
        assert parse_memory(text) > 0
