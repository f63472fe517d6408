"""What a page says of a picture, as texts that could stand for it."""
