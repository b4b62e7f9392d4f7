"""Plots in docks."""
