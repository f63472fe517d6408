"""The parts of the front page, a module each; `reports.html.front` puts them in order."""
