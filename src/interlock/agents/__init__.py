"""Agents propose, and never act: planner, executor, debugger."""
