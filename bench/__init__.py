"""Figures and faults: each a command that prints a table and fails when it falls short."""
