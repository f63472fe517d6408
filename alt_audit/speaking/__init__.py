"""What screen readers say of pictures, and voices that say it."""
