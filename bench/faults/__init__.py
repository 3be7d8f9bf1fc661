"""The kill harness: real processes, real SIGKILL, and a checker that trusts nothing but ledgers kept outside."""
