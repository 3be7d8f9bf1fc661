"""The imperative shell: drives sessions, gates acts, talks to the ports."""
