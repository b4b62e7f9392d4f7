"""Broken kernels break the right law."""

from types import SimpleNamespace

import numpy as np
import pytest

from mcr_core.descriptors import registry
from mcr_core.kernels.correlations import CorrelationsKernel
from mcr_core.kernels.two_point import TwoPointKernel
from mcr_core.kernels.variation import VariationKernel


class _WrongValue(VariationKernel):
    def evaluate(self, fields):
        blocks, pullback = super().evaluate(fields)
        return {"variation": blocks["variation"] * (1 + 1e-4)}, pullback


class _WrongGradient(VariationKernel):
    def evaluate(self, fields):
        blocks, pullback = super().evaluate(fields)
        return blocks, lambda upstream: pullback(upstream) * (1 + 1e-4)


class _GradientOfTheMirrorImage(VariationKernel):
    def evaluate(self, fields):
        blocks, pullback = super().evaluate(fields)
        return blocks, lambda upstream: pullback(upstream)[:, ::-1]


class _PlanesInAnotherOrder(VariationKernel):
    def evaluate(self, fields):
        blocks, pullback = super().evaluate(fields)
        return {"variation": blocks["variation"][::-1]}, pullback


class _OneUpstreamForAllPlanes(VariationKernel):
    def evaluate(self, fields):
        blocks, pullback = super().evaluate(fields)

        def wrong(upstream):
            numbers = upstream["variation"]
            return pullback({"variation": np.full_like(numbers, numbers[0])})

        return blocks, wrong


class _SumOfThePlanes(VariationKernel):
    """The gradient of a plane is that of all."""

    def evaluate(self, fields):
        blocks, pullback = super().evaluate(fields)
        return blocks, lambda upstream: np.zeros_like(fields) + pullback(upstream).sum(0)


class _KnowsLagsWithoutPairs(CorrelationsKernel):
    def evaluate(self, fields):
        blocks, pullback = super().evaluate(fields)
        return {name: np.nan_to_num(block) for name, block in blocks.items()}, pullback


class _ForgetsTheLastPiece(CorrelationsKernel):
    def _pieces(self, fields, around):
        last = None
        for piece in super()._pieces(fields, around):
            if last is not None:
                yield last
            last = piece


class _OnlyTheFirstPlaneOfAPiece(CorrelationsKernel):
    def _slopes(self, weights, features):
        return super()._slopes(weights[:1], features)


class _OtherPrecision(VariationKernel):
    def evaluate(self, fields):
        blocks, pullback = super().evaluate(fields)
        return {"variation": blocks["variation"].astype(np.float64)}, pullback


class _ChangesTheFields(VariationKernel):
    def evaluate(self, fields):
        fields[-1, 0, 0] += 1e-3
        return super().evaluate(fields)


class _GivesItsOwnMemory(VariationKernel):
    """Blocks change when it evaluates again."""

    def evaluate(self, fields):
        blocks, pullback = super().evaluate(fields)
        held = self.__dict__.setdefault("held", blocks["variation"])
        held[:] = blocks["variation"]
        return {"variation": held}, pullback


class _SharesItsPullback(TwoPointKernel):
    """The pullback of a thread takes the fields of the thread that came last."""

    def evaluate(self, fields):
        self._last = super().evaluate(fields)
        return self._last[0], lambda upstream: self._last[1](upstream)


class _SharesItsScratch(CorrelationsKernel):
    def prepare(self, descriptor):
        super().prepare(descriptor)
        self._local = SimpleNamespace()


@pytest.mark.parametrize(
    ("broken", "law"),
    [
        (_WrongValue, "same_values_and_gradients"),
        (_WrongGradient, "same_values_and_gradients"),
        (_WrongGradient, "gradient_is_finite_difference"),
        (_GradientOfTheMirrorImage, "same_values_and_gradients"),
        (_GradientOfTheMirrorImage, "gradient_is_finite_difference"),
        (_PlanesInAnotherOrder, "same_values_and_gradients"),
        (_PlanesInAnotherOrder, "a_batch_is_its_planes"),
        (_OneUpstreamForAllPlanes, "same_values_and_gradients"),
        (_OneUpstreamForAllPlanes, "gradient_is_finite_difference"),
        (_OneUpstreamForAllPlanes, "a_batch_is_its_planes"),
        (_SumOfThePlanes, "same_values_and_gradients"),
        (_SumOfThePlanes, "gradient_is_finite_difference"),
        (_SumOfThePlanes, "a_batch_is_its_planes"),
        (_KnowsLagsWithoutPairs, "same_values_and_gradients"),
        (_ForgetsTheLastPiece, "same_values_and_gradients"),
        (_OnlyTheFirstPlaneOfAPiece, "same_values_and_gradients"),
        (_OnlyTheFirstPlaneOfAPiece, "a_batch_is_its_planes"),
        (_OtherPrecision, "same_values_and_gradients"),
        (_ChangesTheFields, "the_fields_are_left_alone"),
        (_GivesItsOwnMemory, "the_fields_are_left_alone"),
        (_SharesItsPullback, "threads_do_not_meet"),
        (_SharesItsScratch, "threads_do_not_meet"),
    ],
    indirect=["law"],
)
def test_laws_find_broken_kernels(broken, law):
    name = {CorrelationsKernel: "correlations", VariationKernel: "variation"}.get(
        broken.__mro__[1], "two_point"
    )
    options = {} if name == "variation" else {"limit_to": 4}
    descriptor = registry.get(name)(**options)
    law(broken.__mro__[1], descriptor)
    with pytest.raises(AssertionError):
        law(broken, descriptor)
