"""The objective: its parts add up as the conventions say, and its gradient is exact."""

import numpy as np
import pytest
import tensorflow as tf

from mcr_core import characterize
from mcr_core.descriptors import Correlations, Variation
from mcr_core.errors import InputError
from mcr_core.microstructure import Microstructure
from mcr_core.objective import CHUNK, TargetObjective
from mcr_core.objective.planes import PlaneTerms
from mcr_core.settings import Settings
from mcr_core.term import Term

LIMIT = 3


def _target(image):
    return characterize(image, [Correlations(limit_to=LIMIT), Variation()])


def _terms(**options):
    return (
        Term(descriptor=Correlations(limit_to=LIMIT), **options),
        Term(descriptor=Variation(), weight=3.0),
    )


def _objective(target, shape, terms=None, **options):
    return TargetObjective(target, terms or _terms(), shape, Settings(dtype="float64", **options))


def _finite_difference(objective, fields):
    """Directional derivatives by the gradient and by central differences."""
    rng = np.random.default_rng(1)
    gradient = np.asarray(objective(fields).gradient)
    for _ in range(2):
        direction = rng.standard_normal(fields.shape)
        step = 1e-6
        ahead = objective(fields + step * direction).loss
        behind = objective(fields - step * direction).loss
        yield np.sum(gradient * direction), (ahead - behind) / (2 * step)


@pytest.mark.parametrize(
    ("shape", "open_result"),
    [((12, 12, 12), False), ((8, 10, 14), True), ((16, 18), False)],
)
def test_gradient_is_finite_difference(slice_image, shape, open_result):
    objective = _objective(_target(slice_image), shape, open_result=open_result)
    fields = np.random.default_rng(0).uniform(0.1, 0.9, (1, *shape))
    for found, expected in _finite_difference(objective, fields):
        np.testing.assert_allclose(found, expected, rtol=1e-4)


def test_gradient_with_three_phases(three_phases):
    objective = _objective(_target(three_phases), (10, 10, 10))
    fields = np.random.default_rng(0).uniform(0.1, 0.9, (3, 10, 10, 10))
    assert "phase sum" in objective(fields).parts
    for found, expected in _finite_difference(objective, fields):
        np.testing.assert_allclose(found, expected, rtol=1e-4)


def test_the_loss_of_the_source_is_zero():
    volume = Microstructure.from_array(
        np.random.default_rng(0).random((12, 12, 12)) < 0.4, periodic=True
    )
    same = volume.with_labels(np.broadcast_to(volume.labels[0], (12, 12, 12)).copy())
    image = Microstructure.from_array(volume.labels[0], periodic=True)
    loss = _objective(_target(image), image.shape)(image.fields(np.float64)).loss
    assert loss < 1e-25
    assert _objective(_target(image), same.shape)(same.fields(np.float64)).loss > 1e-6


def test_total_is_the_mean_over_axes_of_the_mean_over_planes(slice_image):
    """Computed a second way: plane by plane, descriptor by descriptor."""
    shape = (9, 11, 13)
    target = _target(slice_image)
    volume = np.random.default_rng(2).random(shape)
    found = _objective(target, shape)(volume[None])
    statistics = target.planes["cubic"]
    expected = {"correlations": 0.0, "variation": 0.0}
    for axis in range(3):
        for plane in np.moveaxis(volume, axis, 0):
            for index, (name, weight) in enumerate([("correlations", 1.0), ("variation", 3.0)]):
                descriptor = target.descriptors[index]
                levels = descriptor.levels(*plane.shape)
                values = descriptor.evaluate(_tensor(plane), None, levels)
                errors = []
                for blocks, wanted in zip(values, statistics.values[index], strict=False):
                    rows = [(blocks[b].numpy()[0] - wanted[b]).reshape(-1) for b in wanted]
                    errors.append(np.mean(np.concatenate(rows) ** 2))
                expected[name] += weight * np.mean(errors) / (3 * shape[axis])
    assert found.parts == pytest.approx(expected, rel=1e-9)
    assert found.loss == pytest.approx(sum(expected.values()), rel=1e-9)


def _tensor(plane):
    import tensorflow as tf

    return tf.constant(plane[None, None])


def test_weights_per_level_axis_and_block(slice_image):
    target = _target(slice_image)
    fields = np.random.default_rng(3).random((1, 12, 12, 12))

    def part(**options):
        return _objective(target, (12, 12, 12), _terms(**options))(fields).parts["correlations"]

    plain = part()
    assert part(weight=2.0) == pytest.approx(2 * plain)
    axes = [part(axis_weights=tuple(np.eye(3)[axis])) for axis in range(3)]
    assert sum(axes) == pytest.approx(plain)
    assert min(axes) > 0
    levels = [part(level_weights=w) for w in ((1, 0), (0, 1))]
    assert sum(levels) == pytest.approx(plain)
    entries = len(target.planes["all"].values[0][0]["s2"][0])
    share = 1 / (1 + entries)
    assert part(block_weights=(share, 1 - share)) == pytest.approx(plain)


def test_wrong_numbers_of_weights_are_refused(slice_image):
    target = _target(slice_image)
    fields = np.zeros((1, 12, 12, 12))
    with pytest.raises(InputError, match=r"blocks s2, s3: expected 2 block_weights, got 3"):
        _objective(target, (12, 12, 12), _terms(block_weights=(1, 1, 1)))(fields)
    with pytest.raises(InputError, match=r"2 levels here: expected as many level_weights, got 1"):
        _objective(target, (12, 12, 12), _terms(level_weights=(1,)))(fields)


def test_chunks_do_not_change_the_result(slice_image):
    """More planes than a chunk, and a number that no chunk size divides."""
    count = CHUNK + 5
    shape = (count, 6, 6)
    fields = np.random.default_rng(4).random((1, *shape))
    target = _target(slice_image)
    whole = _objective(target, shape)(fields)
    terms = _terms(axis_weights=(1, 0, 0))
    tall = _objective(target, shape, terms)(fields).parts["correlations"]
    single = [
        _objective(target, (6, 6), _terms())(fields[:, z]).parts["correlations"]
        for z in range(count)
    ]
    # A 2D result has the raw statistics of the image as its target, a volume their cubic mean.
    assert np.isfinite(whole.loss)
    assert tall != pytest.approx(np.mean(single) / 3)
    cubic = target.planes["cubic"]
    object.__setattr__(target, "planes", {"all": cubic, "cubic": cubic})
    single = [
        _objective(target, (6, 6), _terms())(fields[:, z]).parts["correlations"]
        for z in range(count)
    ]
    assert tall == pytest.approx(np.mean(single) / 3)


def test_float32_is_close_to_float64(slice_image):
    target = _target(slice_image)
    fields = np.random.default_rng(5).random((1, 12, 12, 12))
    exact = _objective(target, (12, 12, 12))(fields)
    fast = TargetObjective(target, _terms(), (12, 12, 12), Settings())(fields)
    assert fast.loss == pytest.approx(exact.loss, rel=1e-5)
    np.testing.assert_allclose(
        fast.gradient, exact.gradient, atol=1e-4 * np.abs(exact.gradient).max()
    )


def test_a_second_run_of_the_same_kind_does_not_compile(slice_image):
    fields = tf.constant(np.random.default_rng(6).random((1, 10, 10, 10)))
    settings = Settings(dtype="float64")
    first = PlaneTerms(_target(slice_image), _terms(), (10, 10, 10), settings)
    parts, _ = first(fields)
    function = first._axes[0].function
    traced = function.experimental_get_tracing_count()
    other = Microstructure.from_array(slice_image.labels[::-1, 3:])
    terms = _terms(weight=5.0, axis_weights=(1, 2, 3))
    second = PlaneTerms(_target(other), terms, (10, 10, 10), settings)
    assert second(fields)[0].sum() != parts.sum()
    assert all(axis.function is function for axis in second._axes)
    assert function.experimental_get_tracing_count() == traced
