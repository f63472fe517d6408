"""Single pictures, and why a captioner says what it does of them."""
