"""The review in the browser: people look at pictures in their places and decide on their texts."""
