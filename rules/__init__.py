"""The rules: what is wrong with an alt text, an occurrence or a site. Pure."""
