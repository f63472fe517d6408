"""What is the same thing: addresses, pictures, contexts."""
