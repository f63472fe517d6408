"""The worker: claims images, runs the stages side by side, stores how each image ended."""
