"""What all plugins share: options are the fields of a frozen class."""

from __future__ import annotations

import difflib
import reprlib
from collections.abc import Iterable
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, ValidationError

from mcr_core.errors import OptionError


class Frozen(BaseModel):
    """A frozen model whose errors name the option, what was expected and what came.

    Raises:
        OptionError: an option that does not exist, has a wrong type or is out of its bounds.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    def __init__(self, /, **options: Any) -> None:  # an option may be called self
        try:
            super().__init__(**options)
        except ValidationError as error:
            raise OptionError(_sentence(type(self), error)) from None

    @classmethod
    def title(cls) -> str:
        """How errors call this class."""
        return cls.__name__


class Plugin(Frozen):
    """Base of every entry of a registry.

    A plugin is one final class; its options are its fields and its identity (specification,
    hash, equality). Its module imports TensorFlow inside methods only, so that plugins can be
    listed without loading it.
    """

    name: ClassVar[str] = ""
    reference: ClassVar[str] = ""

    def spec(self) -> dict[str, Any]:
        """Return name and options as JSON data; `Registry.create` takes them back."""
        return {"name": self.name, "options": self.model_dump(mode="json")}

    @classmethod
    def title(cls) -> str:
        """How errors call this class: by its registered name."""
        return cls.name or cls.__name__

    @classmethod
    def summary(cls) -> str:
        """First line of the docstring."""
        return (cls.__doc__ or "").strip().split("\n", 1)[0]


def nearest(word: str, known: Iterable[str]) -> str:
    """Return the sentence that helps after a wrong name: the nearest one, or all."""
    names = sorted(known)
    typed = word.lower()
    close = difflib.get_close_matches(typed, names, n=5, cutoff=0.5)
    if close:
        # Letters in another order are the commoner slip: `mes` is `mse` before `rms`.
        best = max(close, key=lambda name: sorted(name) == sorted(typed))
        return f"did you mean {best!r}?"
    return f"known: {', '.join(names)}" if names else "none is known"


def _sentence(model: type[Frozen], error: ValidationError) -> str:
    """Translate the first problem pydantic found into one line."""
    first = error.errors()[0]
    option = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        return f"{model.title()} has no option {option!r}: {nearest(option, model.model_fields)}"
    if first["type"] == "missing" and isinstance(first["loc"][-1], int):
        whole = ".".join(str(part) for part in first["loc"][:-1])
        return f"{model.title()}: {whole}: expected more values, got {_short(first['input'])}"
    if first["type"] == "missing":
        return f"{model.title()} needs the option {option!r}"
    if first["type"] == "union_tag_not_found":
        tag = first["ctx"]["discriminator"]
        return f"{model.title()}: {option}: expected the entry {tag}, got {_short(first['input'])}"
    message = first["msg"].removeprefix("Value error, ").replace("Input should be ", "expected ")
    where = f"{model.title()}: {option}" if option else model.title()
    return f"{where}: {message[0].lower() + message[1:]}, got {_short(first['input'])}"


def _short(value: Any) -> str:
    """Show what came, without the pixels of an image or the digits of a huge number."""
    display = reprlib.Repr()
    display.maxstring = display.maxother = display.maxlong = 60
    display.maxdict = display.maxlist = display.maxtuple = 8
    return display.repr(value)
