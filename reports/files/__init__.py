"""The files beside the HTML report, a module each: `WRITERS` in a module here is all that `reports.registry` needs."""
