"""Shared pytest configuration."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """Load the project's own plugin where the package is not installed, and with it its entry point."""
    del parser
    if not pluginmanager.has_plugin("sekisho"):
        pluginmanager.register(import_module("sensors.pytest_plugin"), "sekisho")
