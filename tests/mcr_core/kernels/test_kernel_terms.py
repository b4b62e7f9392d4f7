"""Planes by kernels and planes by TensorFlow give the same loss and the same gradient."""

import numpy as np
import pytest
import tensorflow as tf

from mcr_core import characterize
from mcr_core.errors import InputError
from mcr_core.losses import MSE
from mcr_core.losses import registry as losses
from mcr_core.objective import TargetObjective
from mcr_core.objective.kernel_loss import LevelLoss
from mcr_core.objective.kernel_terms import KernelTerms
from mcr_core.objective.planes import PlaneTerms
from mcr_core.objective.term_loss import term_loss
from mcr_core.pyramid import coarsen, coarsen_gradient
from mcr_core.settings import Settings
from mcr_core.term import Term

TOLERANCES = {"float64": 1e-12, "float32": 2e-6}


def term(name, options=None, **weights):
    return Term(descriptor={"name": name, "options": options or {}}, **weights)


#: Two levels from 6 pixels on.
SHORT = {"limit_to": 2}
DEFAULT = [term("correlations", SHORT), term("variation", weight=3.0)]
#: Shape of the result, whether it is open, and terms.
CASES = {
    "image": ((8, 11), False, DEFAULT),
    "open image": ((8, 11), True, DEFAULT),
    # Planes xy go two at a time, the last alone.
    "volume": ((9, 4, 6), False, DEFAULT),
    "open volume": ((4, 3, 3), True, DEFAULT),
    "level weights": ((7, 6), False, [term("correlations", SHORT, level_weights=(1, 0.25))]),
    "block weights": ((7, 6), True, [term("correlations", SHORT, block_weights=(2, 0.5))]),
    "axis weights": (
        (3, 4, 3),
        False,
        [
            term("correlations", SHORT, axis_weights=(1, 0, 2)),
            term("variation", axis_weights=(0, 3, 1)),
        ],
    ),
    "more levels than the target": ((50, 49), False, [term("two_point", SHORT)]),
    "fewer lags than the target": (
        (9, 6),
        False,
        [term("fft_correlations"), term("line_correlations", weight=2.0)],
    ),
    "more lags than the target": (
        (43, 36),
        True,
        [term("fft_correlations"), term("line_correlations")],
    ),
    "other kernels": (
        (7, 6),
        False,
        [
            term("fft_correlations"),
            term("two_point", SHORT, level_weights=(1, 3)),
            term("volume_fractions"),
            term("lineal_path", SHORT),
        ],
    ),
    "other kernels, open": (
        (6, 7),
        True,
        [term("line_correlations", SHORT), term("lineal_path", SHORT), term("volume_fractions")],
    ),
}


@pytest.fixture
def eager():
    """Functions as they are written, not compiled: twenty compilations would take a minute."""
    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


def fields_of(target):
    return len(next(iter(target.planes["all"].values[0][0].values())))


def objectives(target, terms, shape, dtype="float64", **options):
    settings = Settings(dtype=dtype, **options)
    return [TargetObjective(target, terms, shape, settings, gpu=gpu) for gpu in (False, True)]


def same(target, terms, shape, dtype="float64", **options):
    tolerance = TOLERANCES[dtype]
    fields = np.random.default_rng(0).uniform(-0.1, 1.1, (fields_of(target), *shape)).astype(dtype)
    kernels, planes = objectives(target, terms, shape, dtype, **options)
    assert [type(group) for _, group in kernels._groups] == [KernelTerms]
    assert [type(group) for _, group in planes._groups] == [PlaneTerms]
    found, expected = kernels(fields), planes(fields)
    assert list(found.parts) == list(expected.parts)
    for name, part in found.parts.items():
        assert part > 0
        np.testing.assert_allclose(part, expected.parts[name], rtol=tolerance, err_msg=name)
    gradient = np.asarray(expected.gradient)
    assert found.gradient.dtype == dtype
    assert found.gradient.shape == fields.shape
    scale = np.abs(gradient).max()
    assert scale > 0
    np.testing.assert_allclose(found.gradient, gradient, rtol=0, atol=tolerance * scale)


@pytest.mark.parametrize("case", CASES)
def test_same_loss_and_gradient(slice_image, case, eager):
    shape, open_result, terms = CASES[case]
    target = characterize(slice_image, [t.descriptor for t in terms])
    more = [
        t.descriptor.levels(*shape[-2:]) > len(values)
        for t, values in zip(terms, target.planes["all"].values, strict=True)
    ]
    assert any(more) == (case == "more levels than the target")
    same(target, terms, shape, open_result=open_result)


def test_same_loss_and_gradient_in_single_precision(slice_image, eager):
    terms = [*DEFAULT, term("fft_correlations"), term("lineal_path", SHORT)]
    target = characterize(slice_image, [t.descriptor for t in terms])
    same(target, terms, (8, 11), dtype="float32", open_result=True)
    same(target, terms, (13, 10), dtype="float32")


def test_same_loss_and_gradient_of_three_phases(three_phases, eager):
    target = characterize(three_phases, [t.descriptor for t in DEFAULT])
    assert fields_of(target) == 3
    same(target, DEFAULT, (3, 3, 3))
    same(target, DEFAULT, (7, 8), open_result=True)


@pytest.mark.parametrize("loss", losses.names())
def test_same_loss_and_gradient_by_every_norm(slice_image, loss, eager):
    same(characterize(slice_image, [t.descriptor for t in DEFAULT]), DEFAULT, (6, 7), loss=loss)


def test_same_loss_and_gradient_as_compiled(slice_image):
    """The function that a GPU runs, not only what it is made of."""
    same(characterize(slice_image, [t.descriptor for t in DEFAULT]), DEFAULT, (5, 4))


def test_a_term_without_a_kernel_is_added(slice_image, eager):
    terms = [*DEFAULT, term("correlations", {**SHORT, "form": "soft"}, weight=2.0)]
    target = characterize(slice_image, [t.descriptor for t in terms])
    fields = np.random.default_rng(1).uniform(0, 1, (1, 5, 4))
    mixed, planes = (each(fields) for each in objectives(target, terms, (5, 4)))
    assert mixed.loss == pytest.approx(planes.loss, rel=1e-12)
    np.testing.assert_allclose(mixed.gradient, planes.gradient, rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize("extent", [(9, 14), (11, 12), (16, 9)])
def test_a_level_against_values_of_another_extent(extent):
    """Only the lags that both have count, whatever their place in the blocks."""
    rng = np.random.default_rng(2)
    fft = term("fft_correlations")
    (found,) = fft.descriptor.evaluate(tf.constant(rng.random((3, 2, 11, 12))), None, 1)
    (other,) = fft.descriptor.evaluate(tf.constant(rng.random((1, 2, *extent))), None, 1)
    scales = np.array([0.5, 2.0, 0.0])
    with tf.GradientTape() as tape:
        tape.watch(found)
        expected = term_loss(fft, MSE(), [found], [{"s2": other["s2"][0]}])
        total = tf.reduce_sum(expected * scales)
    slopes = tape.gradient(total, found)["s2"].numpy()
    arrays = found["s2"].numpy()
    level = LevelLoss(fft, MSE(), {"s2": arrays[:, 0]}, {"s2": other["s2"].numpy()[0]})
    losses = np.zeros(3)
    for field in range(2):
        values, upstream = level({"s2": arrays[:, field]}, field, scales / 2)
        losses += values / 2
        np.testing.assert_allclose(upstream["s2"], slopes[:, field], rtol=1e-12, atol=0)
    np.testing.assert_allclose(losses, expected, rtol=1e-12)


def test_values_that_do_not_fit_are_refused():
    t = term("correlations", SHORT)
    blocks = {"s2": np.zeros((1, 5)), "s3": np.zeros((1, 5, 5))}
    sentence = r"^the values of correlations in the characterization are not what correlations "
    with pytest.raises(InputError, match=sentence):
        LevelLoss(t, MSE(), blocks, {"s2": blocks["s2"]})
    fft = term("fft_correlations")
    with pytest.raises(InputError, match=r"^the values of fft_correlations in the character"):
        LevelLoss(fft, MSE(), {"s2": np.zeros((1, 0, 5))}, {"s2": np.zeros((1, 3, 5))})


@pytest.mark.parametrize("extent", [(8, 6), (9, 7), (2, 3)])
def test_coarsen_gradient_is_the_transpose(extent):
    """⟨coarsen(x), y⟩ = ⟨x, coarsen_gradient(y)⟩, and nothing flows to what is left out."""
    rng = np.random.default_rng(3)
    fine = rng.standard_normal((3, *extent))
    coarse = coarsen(fine[None], None)[0][0]
    slope = rng.standard_normal(coarse.shape)
    gradient = coarsen_gradient(slope, fine.shape)
    for ours in zip(coarse, slope, fine, gradient, strict=True):
        assert np.vdot(ours[0], ours[1]) == pytest.approx(np.vdot(ours[2], ours[3]), rel=1e-12)
    even = [n // 2 * 2 for n in extent]
    assert (gradient[:, : even[0], : even[1]] != 0).all()
    assert not gradient[:, even[0] :].any()
    assert not gradient[:, :, even[1] :].any()
    assert coarsen_gradient(slope.astype(np.float32), fine.shape).dtype == np.float32
