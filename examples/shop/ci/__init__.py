"""What belongs to the build machines, not to the shop."""
