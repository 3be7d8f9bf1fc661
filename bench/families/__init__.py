"""Forty families of everyday failures, built as folders that really fail, and handed over with one sentence."""
