"""What a person sees while the program works."""
