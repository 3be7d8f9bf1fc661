"""Views: what people and programs see of a session, each a pure fold of its committed events."""
