"""One technology a file, independent of each other."""
