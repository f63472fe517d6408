"""Rules on one occurrence, and which occurrences are exempt from all. `rules.judge` applies them."""
