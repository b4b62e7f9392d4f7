"""How much memory a reconstruction takes, said before it starts."""

import dataclasses

import numpy as np
import pytest

from mcr_core import characterize, memory
from mcr_core.errors import InputError
from mcr_core.memory import check_memory, plan_memory
from mcr_core.objective import CHUNK
from mcr_core.objective.planes import PlaneTerms
from mcr_core.settings import Settings
from mcr_core.term import as_terms
from mcr_core.verbs import reconstruct

MB = 2**20
TERMS = as_terms(None)
#: TensorFlow computes these.
SOFT = as_terms([{"name": "correlations", "options": {"form": "soft"}}])
CUBE = (64, 64, 64)


def plan(terms=TERMS, shape=CUBE, phase_count=2, **settings):
    return plan_memory(terms, shape, Settings(**settings), phase_count)


def total(*arguments, **settings):
    return plan(*arguments, **settings).total


def test_plan_grows_with_what_it_depends_on():
    small = total()
    assert 150 * MB < small < 400 * MB  # no TensorFlow
    assert total(shape=(128, 128, 128)) > small + 7 * 64**3 * 8 * 60
    assert total(phase_count=3) > 1.5 * small
    assert total(dtype="float64") > small
    assert plan(finish_sweeps=1).swaps > plan().swaps == 0
    assert total(optimizer="simulated_annealing") > plan(finish_sweeps=1).swaps
    larger = as_terms([{"name": "correlations", "options": {"limit_to": 16}}])
    assert plan(larger).statistics > 10 * plan().statistics > 0


@pytest.mark.parametrize(
    ("terms", "settings", "tensorflow", "compiled"),
    [
        (TERMS, {}, False, False),
        (TERMS, {"optimizer": "tnc"}, False, False),
        (TERMS, {"optimizer": "adam"}, True, False),
        (TERMS, {"optimizer": "lbfgs"}, True, False),
        (TERMS, {"device": "gpu"}, True, True),
        (SOFT, {}, True, True),
        (as_terms(["minkowski"]), {"optimizer": "simulated_annealing"}, True, False),
    ],
)
def test_what_loads_tensorflow(terms, settings, tensorflow, compiled):
    found = plan(terms, (48, 48), **{"device": "cpu", **settings})
    assert found.tensorflow is tensorflow
    assert (found.process > 600 * MB) is tensorflow
    assert (found.process > 750 * MB) is compiled
    assert (found.chunk > 0) is compiled


def test_parts_and_total():
    found = plan(optimizer="adam", finish_sweeps=1)
    parts = found.parts()
    names = {one.name for one in dataclasses.fields(found)} - {"total", "chunk", "tensorflow"}
    assert parts.keys() == names
    assert all(size > 0 for size in parts.values())
    together = found.process + found.statistics + found.fields + found.optimizer + found.features
    assert together <= found.total < sum(parts.values())


def test_adam_needs_less_than_lbfgsb_where_it_matters():
    large = (256, 256, 256)
    assert total(shape=large, optimizer="adam") < 0.5 * total(shape=large)


def test_the_goals_of_large_volumes():
    assert total(shape=(256, 256, 256)) < 12 * 2**30
    few = {"optimizer": "adam", "planes": 0.1, "parametrization": "box"}
    assert total(shape=(512, 512, 512), **few) < 16 * 2**30
    with pytest.raises(InputError, match=r"\(512, 512, 512\) needs about \d\d GB, .* adam"):
        check_memory(TERMS, (512, 512, 512), Settings(memory="16GB"), 2)


def test_a_cube_of_4000_does_not_fit():
    with pytest.raises(
        InputError,
        match=r"a result of shape \(4000, 4000, 4000\) needs about \d\d TB, this machine has "
        r".* GB: choose a smaller shape, fewer phases or the optimizer adam$",
    ):
        check_memory(TERMS, (4000, 4000, 4000), Settings(), 2)


def test_adam_is_not_told_to_choose_adam():
    with pytest.raises(InputError, match=r"choose a smaller shape or fewer phases$"):
        check_memory(TERMS, (4000, 4000, 4000), Settings(optimizer="adam"), 2)


def test_limit_of_the_settings():
    settings = Settings(memory="2GB")
    check_memory(TERMS, CUBE, settings, 2)
    with pytest.raises(InputError, match=r"--memory .* allows 2 GB: choose a smaller shape.*more$"):
        check_memory(TERMS, (400, 400, 400), settings, 2)
    with pytest.raises(
        InputError, match=r"allows 5 MB: allow more, the program alone takes 130 MB"
    ):
        check_memory(TERMS, (24, 24), Settings(memory="5MB"), 2)


def test_the_chunk_is_what_fits():
    """Of planes of 512² pixels, each of 4 arrays in float32."""
    shape, each = (64, 512, 512), 4 * 4 * 512**2
    whole = plan(SOFT, shape, optimizer="adam")
    assert whole.chunk == CHUNK
    part = plan(SOFT, shape, optimizer="adam", memory=str(whole.total - 20 * each))
    assert 1 < part.chunk <= CHUNK
    held = part.process + part.fields + part.optimizer + part.features
    assert held <= whole.total - 20 * each < held + each
    assert part.total - whole.total == (part.chunk - CHUNK) * each
    assert plan(SOFT, shape, optimizer="adam", memory="1MB").chunk == 1
    assert plan(SOFT, (4, 512, 512)).chunk == CHUNK  # the longest axis decides
    assert plan(SOFT, (20, 20, 20)).chunk == 20
    assert plan(SOFT, (64, 64)).chunk == 1


def test_the_chunk_does_not_depend_on_the_machine(monkeypatch):
    terms = (*SOFT, *TERMS)
    settings = {"device": "cpu", "optimizer": "adam"}
    shape = (64, 512, 512)
    whole = plan(terms, shape, **settings)
    settings["memory"] = str(whole.total - whole.statistics - 20 * 4 * 4 * 512**2)
    before = plan(terms, shape, **settings)
    assert 1 < before.chunk < CHUNK
    monkeypatch.setattr(memory, "usable_cores", lambda: 64)
    monkeypatch.setattr(memory, "physical_memory", lambda: 2**20)
    assert plan(terms, shape, **settings).chunk == before.chunk
    assert plan(terms, shape, **settings).total > before.total


def test_a_run_takes_the_chunk_of_the_plan(slice_image):
    terms = as_terms([{"name": "correlations", "options": {"limit_to": 2, "form": "soft"}}])
    target = characterize(slice_image, [term.descriptor for term in terms])
    for memory_limit, chunk in (("1MB", 1), (None, 8)):
        settings = Settings(memory=memory_limit)
        objective = reconstruct.plan(target, terms, (8, 8, 8), None, settings).objective
        ((_, group),) = objective._groups
        assert isinstance(group, PlaneTerms)
        assert group._most == chunk
    assert np.isfinite(objective(np.full((1, 8, 8, 8), 0.5)).loss)


def test_the_setting_wins_over_the_machine(monkeypatch):
    monkeypatch.setattr(memory, "physical_memory", lambda: 2**20)
    check_memory(TERMS, (24, 24), Settings(memory="8GB"), 2)
    with pytest.raises(InputError, match=r"this machine has 1 MB"):
        check_memory(TERMS, (24, 24), Settings(), 2)


def test_a_machine_that_does_not_tell(monkeypatch):
    monkeypatch.setattr(memory, "physical_memory", lambda: None)
    check_memory(TERMS, (4000, 4000, 4000), Settings(), 2)


def test_huge_numbers_are_no_overflow():
    with pytest.raises(InputError, match="needs about"):
        check_memory(TERMS, (2**31 - 1,) * 3, Settings(), 16)
