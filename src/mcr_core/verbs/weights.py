"""Terms for a reconstruction: which descriptors of a target count, and how much."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mcr_core.descriptors import Descriptor
from mcr_core.errors import OptionError
from mcr_core.objective.term_loss import block_groups, level_factors
from mcr_core.plugin import nearest
from mcr_core.term import Descriptors, Term, as_terms


def target_terms(
    known: Sequence[Descriptor],
    descriptors: Descriptors | None = None,
    weight: Mapping[str, float] | None = None,
) -> tuple[Term, ...]:
    """Return the terms that a reconstruction from a target has.

    Args:
        known: the descriptors of the target.
        descriptors: those to prescribe; options that are not given are those of the target.
            Default: all.
        weight: weight by name of the descriptor; 0 leaves it out.

    Raises:
        InputError: a weight of what the target does not have, or nothing is left.
    """
    given = as_terms(list(known) if descriptors is None else descriptors)
    terms = as_terms([_of_target(term, known) for term in given])
    if weight is None:
        return terms
    if not isinstance(weight, Mapping):
        raise OptionError(f"weight: expected a value by name, {{NAME: VALUE}}, got {weight!r}")
    names = [term.descriptor.name for term in terms]
    for name in weight:
        if name not in names:
            raise OptionError(f"weight: the target has no {name!r}: {nearest(str(name), names)}")
    weighted = []
    for term in terms:
        factor = weight.get(term.descriptor.name, term.weight)
        if factor != 0:
            weighted.append(Term(**{**dict(term), "weight": factor}))
    return as_terms(weighted)


def _of_target(term: Term, known: Sequence[Descriptor]) -> Term:
    """Take the options that are not given from the descriptor of the target."""
    own = term.descriptor
    fitting = [
        one
        for one in known
        if one.name == own.name
        and all(getattr(one, name) == getattr(own, name) for name in own.model_fields_set)
    ]
    if own in known or len(fitting) != 1:
        return term
    return term.model_copy(update={"descriptor": fitting[0]})


def check_level_weights(terms: Sequence[Term], levels: Sequence[int]) -> None:
    """Check that terms have a weight for every pyramid level, before anything is computed.

    Raises:
        InputError: one has fewer.
    """
    for term, count in zip(terms, levels, strict=True):
        level_factors(term, count)


def check_block_weights(terms: Sequence[Term]) -> None:
    """Check that terms have a weight for every block of their descriptor; loads TensorFlow.

    Only what was asked for is looked at, on the smallest plane that a descriptor takes.

    Raises:
        InputError: one has another number.
    """
    import numpy as np

    for term in terms:
        if term.block_weights is not None:
            own = term.descriptor
            extent = (own.smallest_extent(),) * (3 if own.volumetric else 2)
            (blocks,) = own.evaluate(np.zeros((1, 1, *extent), np.float32), None, 1)
            block_groups(term, list(blocks))
