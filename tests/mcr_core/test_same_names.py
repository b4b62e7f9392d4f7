"""A verb has the same options in Python and on the command line."""

import importlib
import inspect

import click
import pytest

import mcr_core
from mcr_core.cli.main import _COMMANDS, cli
from mcr_core.cli.options import image_options, option_names, run_options
from mcr_core.settings import Settings

#: Commands that are no verb of Python: they list what there is.
NO_VERB = {"devices", "plugins"}

#: How an argument of a command is called in Python; of several, each holds a part of it.
SOURCES = {
    "characterize": {"image": ["source"]},
    "check": {"image": ["image"]},
    "compare": {"a": ["a"], "b": ["b"]},
    "export": {"image": ["microstructure"]},
    "from-arrays": {"file": ["s2", "values"]},
    "interpolate": {"ends": ["ends"]},
    "match": {"image": ["source"]},
    "merge": {},
    "plan": {"source": ["source"]},
    "preview": {"source": ["source"]},
    "reconstruct": {"target": ["target"]},
    "run": {"file": ["job"]},
    "score": {"result": ["result"]},
    "smooth": {"image": ["microstructure"]},
    "view": {"file": ["shown"]},
}

#: What only a command has: in Python the verb returns what the command writes or prints.
OF_COMMANDS = {
    "characterize": {"output", "overwrite"},
    "check": {"as_json"},
    "compare": {"output", "overwrite", "as_json"},
    "export": set(),
    "from-arrays": {"output", "overwrite"},
    "interpolate": {"output", "overwrite"},
    "match": {"output", "overwrite", "realizations", "record", "score"},
    "merge": {"output", "overwrite"},
    "plan": {"realizations"},
    "preview": {"output", "overwrite"},
    "reconstruct": {"output", "overwrite", "realizations", "record", "score"},
    "run": {"output", "overwrite", "realizations", "record", "score"},
    "score": {"json", "html", "overwrite"},
    "smooth": {"output", "overwrite"},
    "view": set(),
}

#: What only Python has: `settings` holds what the command has as single options, names of sides are
#: those of files, and a file carries its job.
OF_PYTHON = {
    "compare": {"names"},
    "export": {"job"},
    "match": {"settings"},
    "plan": {"settings"},
    "reconstruct": {"settings"},
    "score": {"names"},
}


IMAGE = option_names(image_options)
RUN = option_names(run_options)
#: Run options that say what is made, not how: parameters of the verbs.
OF_RESULTS = {"shape", "add_dimension", "initial", "realizations"}


def command_of(name):
    return cli.get_command(click.Context(cli), name)


def function_of(name):
    return getattr(mcr_core, name.replace("-", "_"))


def parameters_of(function):
    """Names of the parameters, without the fields of `Settings`, which come as one."""
    return {
        name
        for name, parameter in inspect.signature(function).parameters.items()
        if parameter.kind is not inspect.Parameter.VAR_KEYWORD
    }


@pytest.mark.parametrize("name", sorted(set(_COMMANDS) - NO_VERB))
def test_a_verb_has_the_options_of_its_command(name):
    own = {parameter.name for parameter in command_of(name).params}
    if own >= IMAGE:  # those of `read`
        own -= IMAGE
    if own >= RUN:  # fields of `Settings`
        own -= RUN - OF_RESULTS
    renamed = SOURCES[name]
    assert set(renamed) <= own
    expected = own - set(renamed) - OF_COMMANDS[name]
    if name == "characterize":  # an option of `read`, which then returns a list
        expected -= {"stack"}
    expected |= {word for words in renamed.values() for word in words}
    expected |= OF_PYTHON.get(name, set())
    assert parameters_of(function_of(name)) == expected


@pytest.mark.parametrize("name", ["match", "reconstruct", "run"])
def test_an_iterator_has_the_parameters_of_its_verb(name):
    verb, iterator = (getattr(mcr_core, word) for word in (name, f"{name}_iter"))
    ours, theirs = (inspect.signature(function).parameters for function in (verb, iterator))
    assert list(ours.values()) == list(theirs.values())


def test_image_options_are_those_of_read():
    stack = {"stack"} & {parameter.name for parameter in command_of("characterize").params}
    assert parameters_of(mcr_core.read) - {"path"} == IMAGE | stack


def test_run_options_are_settings():
    assert set(Settings.model_fields) == RUN - OF_RESULTS


@pytest.mark.parametrize("name", sorted(_COMMANDS))
def test_names_and_flags_are_alike(name):
    """`--limit-to` is `limit_to`: what differs is a plural, a short form or a word of Python."""
    other = {"descriptors": "--descriptor", "as_json": "--json"}
    for option in command_of(name).params:
        if isinstance(option, click.Option):
            flag = other.get(option.name, "--" + option.name.replace("_", "-"))
            assert flag in option.opts, option.name


def test_no_verb_is_missing():
    verbs = {name.replace("_", "-") for name in mcr_core.__all__ if _is_verb(name)}
    assert verbs == set(_COMMANDS) - NO_VERB


def _is_verb(name):
    try:
        module = importlib.import_module(f"mcr_core.verbs.{name}")
    except ModuleNotFoundError:
        return False
    return hasattr(module, name)
