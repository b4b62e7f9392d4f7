"""A plugin that fails on import, as after an update of something that it needs."""

raise ImportError("fake_dependency 2.0 has no\nname 'gone'")
