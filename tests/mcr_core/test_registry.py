"""Names of plugins: ours, registered ones, and those of installed packages."""

import sys
import textwrap
from typing import ClassVar

import pytest

from mcr_core import descriptors, losses, optimizers, starts
from mcr_core.errors import MissingPluginError, OptionError
from mcr_core.plugin import Plugin
from mcr_core.registry import Registry


class Saw(Plugin):
    """Saws."""

    name: ClassVar[str] = "saw"
    sharp: bool = True


@pytest.fixture
def registry():
    return Registry("tool", "test_tools", Plugin, {})


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Install a package of one module into a folder of its own: name, source, entry points."""
    before = set(sys.modules)

    def install(name, source, points):
        (tmp_path / f"{name}.py").write_text(textwrap.dedent(source))
        info = tmp_path / f"{name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(
            "[mcr_core.test_tools]\n" + "".join(f"{key} = {to}\n" for key, to in points.items())
        )
        monkeypatch.syspath_prepend(tmp_path)

    yield install
    for added in set(sys.modules) - before:
        if added.startswith("mcr_test_"):
            del sys.modules[added]


TOOL = """
    from typing import ClassVar
    from mcr_core.plugin import Plugin

    class Axe(Plugin):
        name: ClassVar[str] = "axe"
        sharp: bool = True
"""


@pytest.mark.parametrize(
    ("registry", "names"),
    [
        (descriptors.registry, {"correlations", "variation", "volume_fractions"}),
        (losses.registry, {"mse"}),
        (optimizers.registry, {"adam", "lbfgsb"}),
        (starts.registry, {"gaussian_field", "noise", "volume"}),
    ],
)
def test_our_own(registry, names):
    assert names <= set(registry.names())
    assert registry.broken() == {}
    for name in names:
        plugin = registry.get(name)
        assert plugin.name == name
        assert plugin.reference
        assert plugin.summary()
        assert all(field.description for field in plugin.model_fields.values())
        assert registry.create(plugin().spec()) == registry.create(name) == plugin()
        assert registry.is_installed(name)


def test_our_own_by_their_python_names():
    for package in (descriptors, losses, optimizers, starts):
        registry = package.registry
        for name in registry.names():
            if registry.is_installed(name):
                plugin = registry.get(name)
                assert registry.built_in(plugin.__name__) is plugin
    with pytest.raises(AttributeError, match="has no attribute 'SE'"):
        losses.registry.built_in("SE")  # no ending of MSE


def test_registered_class(registry):
    assert registry.register(Saw) is Saw
    assert registry.names() == ["saw"]
    assert registry.get("saw") is Saw
    assert registry.create({"name": "saw", "options": {"sharp": False}}) == Saw(sharp=False)
    assert not registry.is_installed("saw")
    registry.register(Saw)  # a cell of a notebook is run twice


def test_taken_names(registry):
    registry.register(Saw)

    class Other(Plugin):
        name: ClassVar[str] = "saw"

    with pytest.raises(OptionError, match="the tool name 'saw' is taken: choose another name"):
        registry.register(Other)

    class Correlations(descriptors.Descriptor):
        name: ClassVar[str] = "correlations"

        def compute(self, image, valid):
            return {}

    with pytest.raises(OptionError, match="the descriptor name 'correlations' is taken"):
        descriptors.register(Correlations)


def test_what_cannot_be_registered(registry):
    class Nameless(Plugin):
        pass

    class NotOne:
        name = "real"

    class Incomplete(descriptors.Descriptor):
        name: ClassVar[str] = "incomplete"

    with pytest.raises(OptionError, match="Nameless needs the class attribute name = '<its name>'"):
        registry.register(Nameless)
    with pytest.raises(OptionError, match="expected a subclass of Plugin as tool 'real'"):
        registry.register(NotOne)
    with pytest.raises(OptionError, match="Incomplete does not implement compute"):
        descriptors.register(Incomplete)
    assert "incomplete" not in descriptors.registry.names()


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("swa", r"unknown tool 'swa': did you mean 'saw'\?"),
        ("hammer", "unknown tool 'hammer': known: saw"),
        ({"name": "swa"}, "unknown tool 'swa'"),
        ({"name": "saw", "options": {"shrp": 1}}, "saw has no option 'shrp'"),
        ({"name": "saw", "option": {}}, "expected a name, an instance or"),
        ({"name": "saw", "options": [1]}, "expected a name, an instance or"),
        ({"name": "saw", "options": {1: 1}}, "expected a name, an instance or"),
        ({"name": 5}, "expected a name, an instance or"),
        (5, "of the tool, got 5"),
        (None, "of the tool, got None"),
    ],
)
def test_what_cannot_be_created(registry, what, message):
    registry.register(Saw)
    with pytest.raises(OptionError, match=message):
        registry.create(what)


def test_installed_package(registry, install):
    install("mcr_test_tools", TOOL, {"axe": "mcr_test_tools:Axe"})
    assert registry.names() == ["axe"]
    assert "mcr_test_tools" not in sys.modules  # loaded on first use only
    assert registry.is_installed("axe")
    assert registry.create("axe").spec() == {"name": "axe", "options": {"sharp": True}}
    assert registry.broken() == {}


@pytest.mark.parametrize(
    ("source", "point", "reason"),
    [
        ("import mcr_test_missing", "mcr_test_x:Axe", "ModuleNotFoundError: No module named"),
        ("raise RuntimeError('two\\nlines')", "mcr_test_x:Axe", r"\(RuntimeError: two lines\)"),
        ("raise SystemExit(1)", "mcr_test_x:Axe", "SystemExit: 1"),
        ("syntax error", "mcr_test_x:Axe", "SyntaxError"),
        ("", "mcr_test_x:Axe", "AttributeError.*has no attribute 'Axe'"),
        ("Axe = 5", "mcr_test_x:Axe", "expected a subclass of Plugin as tool 'broken', got 5"),
        (TOOL, "mcr_test_x:Axe", "Axe needs the class attribute name = 'broken', has 'axe'"),
    ],
)
def test_a_broken_package_hides_no_other(registry, install, source, point, reason):
    install("mcr_test_tools", TOOL, {"axe": "mcr_test_tools:Axe"})
    install("mcr_test_x", source, {"broken": point})
    assert registry.names() == ["axe", "broken"]
    assert list(registry.broken()) == ["broken"]
    message = (
        rf"(?s)the tool 'broken' of the package 'mcr_test_x' fails to load \(.*{reason}.*"
        if not reason.startswith(r"\(")
        else rf"fails to load {reason}: repair or uninstall that package"
    )
    with pytest.raises(MissingPluginError, match=message) as caught:
        registry.create("broken")
    assert "\n" not in str(caught.value)
    assert registry.create("axe").name == "axe"
