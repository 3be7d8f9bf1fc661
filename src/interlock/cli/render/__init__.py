"""What people see on a terminal: the live view, plain lines where there is none, questions, tables."""
