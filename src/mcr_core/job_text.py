"""A job as text that runs outside of the viewer: a Python script, or a command.

Both spell out what the job says where its images are files. An image inside of a job fits into no
line of text: the text then runs the job itself, from a file. Jobs are taken as JSON data, so that
no plugin is loaded: the viewer has none.
"""

from __future__ import annotations

import pprint
import shlex
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mcr_core.errors import McrError
from mcr_core.planes import PLANES
from mcr_core.term import parse_spec

if TYPE_CHECKING:
    from mcr_core.job import Job

Data = Mapping[str, Any]
_IMAGE = (*("voxel_size", "unit", "threshold", "periodic", "mask", "ignore"),
          *("plane", "channel", "frame"))  # fmt: skip
#: Of a term, beside its descriptor, with the values that they have where nothing is said.
_OF_TERM = {
    "weight": 1.0,
    "level_weights": None,
    "axis_weights": None,
    "block_weights": None,
    "over": "planes",
}
_PLUGINS = ("optimizer", "loss", "start")
_WIDTH = 88


class _NoWordsError(Exception):
    """The command line has no words for this: the job must be a file."""


def needs_file(job: Job | Data) -> bool:
    """Whether the texts of a job run it from a file, as an image is inside of it."""
    data = _data(job)
    images = [one for one in (data["source"], data.get("initial")) if one]
    if data["source"].get("kind") == "planes":
        images += [data["source"][name] for name in PLANES if data["source"].get(name)]
    return any(isinstance(one, Mapping) and one.get("kind") == "inline" for one in images)


def as_python(job: Job | Data, *, job_file: str = "job.json", output: str | None = None) -> str:
    """Return a Python script that does what the job does, and writes the result.

    Args:
        job: a `Job` or its JSON data.
        job_file: where the job is saved; the script reads it where `needs_file` says so.
        output: what the script writes. Default: what the job says, else `volume.tif` or
            `image.tif`.
    """
    data = _data(job)
    lines = ["import mcr_core as mcr", ""]
    if needs_file(data):
        lines += [
            "# The job with the image inside of it; paths in it are those of this folder.",
            f"result = mcr.run({job_file!r})",
        ]
    else:
        verb, arguments = _python_call(data)
        inside = textwrap.indent(",\n".join(arguments) + ",", "    ")
        lines += [f"result = mcr.{verb}(", inside, ")"]
    lines.append(f"mcr.write({output or _output(data)!r}, result.microstructure)")
    return "\n".join(lines) + "\n"


def as_command(job: Job | Data, *, job_file: str = "job.json", output: str | None = None) -> str:
    """Return a command for a shell that does what the job does, and writes the result.

    Args:
        job: a `Job` or its JSON data.
        job_file: where the job is saved; the command runs it where `needs_file` says so, and
            where the command line has no option for what the job says.
        output: what the command writes; default as for `as_python`.
    """
    data = _data(job)
    written = ["-o", output or _output(data)]
    try:
        words = [["mcr", "run", job_file], written] if needs_file(data) else _words(data, written)
    except _NoWordsError:
        words = [["mcr", "run", job_file], written]
    parts = [shlex.join(word) for word in words]
    line = " ".join(parts)
    return (line if len(line) <= _WIDTH else " \\\n    ".join(parts)) + "\n"


def _data(job: Job | Data) -> dict[str, Any]:
    if isinstance(job, Mapping):
        return dict(job)
    # What was not given may be set by a preset.
    return {**job.to_json(), "settings": job.settings.model_dump(mode="json", exclude_unset=True)}


def _output(data: Data) -> str:
    shape = data.get("shape") or ()
    volume = len(shape) == 3 or data.get("add_dimension")
    return data.get("output") or ("volume.tif" if volume else "image.tif")


def _settings(data: Data) -> dict[str, Any]:
    """The settings that must be said: those that differ, and those that a preset would set."""
    from mcr_core.presets import PRESETS
    from mcr_core.settings import Settings

    usual = Settings().model_dump(mode="json")
    preset = data.get("terms") is None or data.get("preset") is not None
    of_preset = {name for one in PRESETS.values() for name in one.settings} if preset else set()
    return {
        name: value
        for name, value in (data.get("settings") or {}).items()
        if value != usual.get(name) or name in of_preset
    }


def _python_call(data: Data) -> tuple[str, list[str]]:
    source = data["source"]
    verb = "match"
    if source["kind"] == "planes":
        arguments = [f"{name}={_python_image(source[name])}" for name in PLANES if source.get(name)]
        if source.get("force"):
            arguments.append("force=True")
    elif source["kind"] == "characterization":
        verb, arguments = "reconstruct", [repr(source["path"])]
    else:
        arguments = [_python_image(source)]
    terms = data.get("terms")
    said: dict[str, Any] = {
        "shape": data.get("shape") and tuple(data["shape"]),
        "add_dimension": data.get("add_dimension"),
        "descriptors": terms and [_short(term) for term in terms],
        "preset": data.get("preset"),
        "limit_to": data.get("limit_to"),
        "pool": data.get("pool") or None,
    }
    arguments += [_assigned(name, value) for name, value in said.items() if value is not None]
    if data.get("initial"):
        arguments.append(f"initial={_python_image(data['initial'])}")
    arguments += [_assigned(name, value) for name, value in _settings(data).items()]
    return verb, arguments


def _assigned(name: str, value: Any) -> str:
    shown = pprint.pformat(value, width=_WIDTH - 4, sort_dicts=False)
    return f"{name}={textwrap.indent(shown, ' ' * (len(name) + 1)).lstrip()}"


def _python_image(image: Data | str) -> str:
    if isinstance(image, str):
        return repr(image)
    options = "".join(f", {name}={value!r}" for name, value in _image_options(image).items())
    path = repr(image["path"])
    return f"mcr.read({path}{options})" if options else path


def _image_options(image: Data) -> dict[str, Any]:
    return {name: image[name] for name in _IMAGE if image.get(name) is not None}


def _short(term: Data) -> dict[str, Any]:
    """A term without what goes without saying."""
    kept = {name: term[name] for name, usual in _OF_TERM.items() if term.get(name, usual) != usual}
    return {"descriptor": term["descriptor"], **kept}


def _words(data: Data, written: list[str]) -> list[list[str]]:
    """The command, word by word; an option and its values stand together.

    Raises:
        _NoWordsError: the command line cannot say it.
    """
    source = data["source"]
    verb, first, options = "match", [], {}
    if source["kind"] == "planes":
        planes = {name: source[name] for name in PLANES if source.get(name)}
        images = [plane for plane in planes.values() if not isinstance(plane, str)]
        options = _image_options(images[0])
        if any(_image_options(image) != options for image in images):
            raise _NoWordsError("options of each plane")
        more = [[f"--{name}", one if isinstance(one, str) else _path(one)] for name, one in
                planes.items()]  # fmt: skip
        more += [["--force"]] if source.get("force") else []
    else:
        more = []
        first = [_path(source)]
        if source["kind"] == "characterization":
            verb = "reconstruct"
        else:
            options = _image_options(source)
    words = [["mcr", verb, *first], *more, *_image_words(options)]
    if data.get("shape"):
        words.append(["--shape", *map(str, data["shape"])])
    said = {name: data.get(name) for name in ("add_dimension", "preset", "limit_to")}
    words += [[_option(name), str(value)] for name, value in said.items() if value is not None]
    if data.get("pool"):
        words.append(["--pool"])
    words += [["-d", _term_text(term)] for term in data.get("terms") or ()]
    if data.get("initial"):
        if _image_options(data["initial"]):
            raise _NoWordsError("options of the initial microstructure")
        words.append(["--initial", _path(data["initial"])])
    return [*words, *_settings_words(_settings(data)), written]


def _image_words(options: Data) -> Iterator[list[str]]:
    for name, value in options.items():
        if name == "periodic":
            yield ["--periodic" if value else "--open"]
        elif name == "voxel_size" and isinstance(value, Sequence):
            yield ["--voxel-size", *map(repr, value)]
        else:
            yield [_option(name), str(value)]


def _settings_words(settings: Data) -> Iterator[list[str]]:
    for name, value in settings.items():
        if name in _PLUGINS:
            yield [_option(name), _spec_text(value["name"], value["options"])]
        elif name == "realizable":
            yield ["--realizable" if value else "--not-realizable"]
        elif name == "open_result":
            if value:
                yield ["--open-result"]
        else:
            yield [_option(name), str(value)]


def _term_text(term: Data) -> str:
    kept = _short(term)
    descriptor = kept.pop("descriptor")
    if set(kept) & set(descriptor["options"]):
        raise _NoWordsError("an option of the descriptor has the name of a weight")
    return _spec_text(descriptor["name"], {**descriptor["options"], **kept})


def _spec_text(name: str, options: Data) -> str:
    """`NAME:option=value,…`, as `parse_spec` reads it.

    Raises:
        _NoWordsError: it would read something else.
    """
    said = ",".join(f"{key}={_value_text(value)}" for key, value in options.items())
    text = f"{name}:{said}" if said else name
    # A list of one reads as its number: terms know that of their weights.
    expected = {
        key: tuple(value) if isinstance(value, list) and len(value) > 1
        else value[0] if isinstance(value, list) and value and key in _OF_TERM
        else value
        for key, value in options.items()
    }  # fmt: skip
    try:
        found = parse_spec(text)
    except McrError:
        found = None
    if found != (name, expected):
        raise _NoWordsError(text)
    return text


def _value_text(value: Any) -> str:
    if isinstance(value, list):
        return "/".join(map(_value_text, value))
    return str(value).lower() if value is None or isinstance(value, bool) else str(value)


def _path(image: Data) -> str:
    path = str(image["path"])
    return f"./{path}" if path.startswith("-") else path


def _option(name: str) -> str:
    return "--" + name.replace("_", "-")
