"""Two crawls of a site compared: what changed, folded, for people and for scripts."""
