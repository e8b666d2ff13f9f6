"""The report of a verification: one HTML file that needs nothing else."""

from totfjs.report.page import render

__all__ = ["render"]
