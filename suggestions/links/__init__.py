"""What links and buttons are for."""
