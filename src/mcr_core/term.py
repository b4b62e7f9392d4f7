"""A term of the loss: a descriptor with its weights; and the text form of all plugins."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from pydantic import Field, field_serializer, field_validator

from mcr_core.descriptors import Descriptor
from mcr_core.descriptors import registry as descriptors
from mcr_core.errors import InputError, OptionError
from mcr_core.plugin import Frozen, nearest

DEFAULT_DESCRIPTORS = ("correlations", "variation")


class Term(Frozen):
    """A descriptor and how much it counts.

    The total loss is Σ over terms of weight × mean over axes of mean over planes of mean over
    levels of the loss of the term; with `over="mean"` it is the loss of the mean over planes.
    """

    descriptor: Descriptor = Field(description="The statistic that is prescribed.")
    weight: float = Field(1.0, gt=0, allow_inf_nan=False, description="Factor of the whole term.")
    level_weights: tuple[float, ...] | None = Field(
        None, description="Factor of every pyramid level, from the finest; default: 1 each."
    )
    axis_weights: tuple[float, float, float] | None = Field(
        None, description="Factor of the planes normal to Z, Y and X (xy, xz, yz); default: 1 each."
    )
    block_weights: tuple[float, ...] | None = Field(
        None,
        description="Factor of every block of the descriptor; default: all entries count alike.",
    )
    over: Literal["planes", "mean"] = Field(
        "planes",
        description="planes: every plane is compared with the target, as in the literature. "
        "mean: the mean over the planes of each axis is, so that planes may differ.",
    )

    @field_validator("descriptor", mode="before")
    @classmethod
    def _create(cls, value: Any) -> Descriptor:
        return descriptors.create(value)

    @field_validator("level_weights", "block_weights", mode="before")
    @classmethod
    def _of_one(cls, value: Any) -> Any:
        """The text form writes a list of one as a number."""
        return (value,) if isinstance(value, (int, float)) else value

    @field_validator("level_weights", "axis_weights", "block_weights")
    @classmethod
    def _not_negative(cls, value: tuple[float, ...] | None) -> tuple[float, ...] | None:
        if value is not None and not all(0 <= w < float("inf") for w in value):
            raise OptionError(f"expected weights of 0 or more, got {value}")
        return value

    @classmethod
    def title(cls) -> str:
        """How errors call this class."""
        return "term"

    @field_serializer("descriptor")
    def _spec(self, descriptor: Descriptor) -> dict[str, Any]:
        return descriptor.spec()


#: A descriptor, or several, in any of the forms that verbs take.
Descriptors = (
    Term
    | Descriptor
    | str
    | Mapping[str, Any]
    | Sequence[Term | Descriptor | str | Mapping[str, Any]]
)


def as_terms(what: Descriptors | None, limit_to: int | None = None) -> tuple[Term, ...]:
    """Return terms for terms, descriptors, names or specifications; None gives the default ones.

    Args:
        what: one of them, or several.
        limit_to: of the descriptors that have this option, where it was not given.

    Raises:
        InputError: an empty list, or the same descriptor with the same options twice.
    """
    items = DEFAULT_DESCRIPTORS if what is None else what
    if isinstance(items, (str, Descriptor, Term, Mapping)):
        items = (items,)
    if not isinstance(items, Iterable):
        raise OptionError(f"expected a list of descriptors, got {items!r}")
    terms = tuple(_limited(_as_term(item), limit_to) for item in items)
    if not terms:
        raise InputError("expected at least one descriptor, got none")
    seen: set[Descriptor] = set()
    for term in terms:
        if term.descriptor in seen:
            raise InputError(
                f"the descriptor {term.descriptor.name!r} is given twice with the same options: "
                "give it once, with a weight"
            )
        seen.add(term.descriptor)
    return terms


def as_descriptors(what: Descriptors | None, limit_to: int | None = None) -> tuple[Descriptor, ...]:
    """Return descriptors for what `as_terms` takes.

    Raises:
        InputError: a weight, which statistics do not have; and what `as_terms` refuses.
    """
    terms = as_terms(what, limit_to)
    for term in terms:
        for option, field in Term.model_fields.items():
            if option != "descriptor" and getattr(term, option) != field.default:
                raise InputError(
                    f"{option} of {term.descriptor.name}: statistics have no weights, leave it "
                    "out here and give it to match or reconstruct"
                )
    return tuple(term.descriptor for term in terms)


def _limited(term: Term, limit_to: int | None) -> Term:
    """Fill in `limit_to` where the descriptor has it and it was not given."""
    own = term.descriptor
    if limit_to is None or "limit_to" not in type(own).model_fields:
        return term
    given = {name: getattr(own, name) for name in own.model_fields_set}
    if "limit_to" in given:
        return term
    return term.model_copy(update={"descriptor": type(own)(**{**given, "limit_to": limit_to})})


def _as_term(item: Term | Descriptor | str | Mapping[str, Any]) -> Term:
    if isinstance(item, Term):
        return item
    if isinstance(item, Mapping) and "descriptor" in item:
        return Term(**item)
    return Term(descriptor=item)


def parse_term(text: str) -> Term:
    """Read `NAME[:option=value[,option=value]]`; weights and options of the descriptor may mix.

    Args:
        text: for example `correlations:limit_to=16,weight=2,level_weights=1/0.5`.
    """
    name, options = parse_spec(text)
    kind = descriptors.get(name)
    own = {key: value for key, value in options.items() if key in kind.model_fields}
    rest = {key: value for key, value in options.items() if key not in own}
    for key in rest:
        known = {*kind.model_fields, *Term.model_fields} - {"descriptor"}
        if key not in known:
            raise OptionError(f"{name} has no option {key!r}: {nearest(key, known)}")
    return Term(descriptor=kind(**own), **rest)


def parse_spec(text: str) -> tuple[str, dict[str, Any]]:
    """Split `NAME[:option=value[,option=value]]` into the name and typed values.

    Lists are written with slashes, `1/0.5/0.25`.
    """
    name, _, tail = text.partition(":")
    if "," in name or "=" in name:
        raise OptionError(
            f"expected NAME:option=value,option=value, got {text!r}: options follow a colon, and "
            "every descriptor has a -d of its own"
        )
    options: dict[str, Any] = {}
    for part in tail.split(",") if tail else ():
        key, equals, value = part.partition("=")
        if not equals or not key.strip() or not value.strip():
            hint = ": every descriptor has a -d of its own" if "," in tail and not equals else ""
            raise OptionError(f"expected NAME:option=value,option=value, got {text!r}{hint}")
        if key.strip() in options:
            raise OptionError(f"option {key.strip()!r} is given twice in {text!r}")
        options[key.strip()] = _typed(value.strip())
    if not name.strip():
        raise OptionError(f"expected NAME[:option=value], got {text!r}")
    return name.strip(), options


def _typed(text: str) -> Any:
    words = {"true": True, "false": False, "none": None}
    if text.lower() in words:
        return words[text.lower()]
    parts = [_number(part) for part in text.split("/")]
    if any(part is None for part in parts):
        return text
    return parts[0] if len(parts) == 1 else tuple(parts)


def _number(text: str) -> float | int | None:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return None


def names(terms: Iterable[Term]) -> list[str]:
    """Return one label per term, numbered where a descriptor occurs more than once."""
    labels: list[str] = []
    all_names = [term.descriptor.name for term in terms]
    for index, name in enumerate(all_names):
        before = all_names[:index].count(name)
        labels.append(f"{name} {before + 1}" if all_names.count(name) > 1 else name)
    return labels
