"""Pictures: sections of microstructures, statistics, differences of two, and how a run went.

Figures of matplotlib, which is loaded when one is drawn; pyplot is not, except to open a window.
"""

from mcr_core.figures.sections import save_sections

__all__ = ["save_sections"]
