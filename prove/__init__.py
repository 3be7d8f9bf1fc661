"""The proof that the shipped stop hook keeps its laws: `python -m prove`."""
