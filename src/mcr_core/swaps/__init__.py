"""Swaps of two voxels of unlike phase: which ones, and what they change of the loss.

A swap keeps the phase fractions exactly. It touches one or two planes along each axis, and of
these only the sums that involve its two voxels: a `Tracker` keeps such sums up to date.
"""
