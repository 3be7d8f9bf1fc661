"""Interlock: hand work to autonomous agents and stay in control."""
