"""The functional core: it decides and folds, and does no I/O, reads no clock, calls no model."""
