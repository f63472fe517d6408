"""A few of the jobs as tools of the Model Context Protocol, for assistants."""
