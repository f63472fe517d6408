"""The entry of `alt-audit` and of `python -m alt_audit`."""

from __future__ import annotations

import sys

from alt_audit.shadow import shadowed_package


def main() -> None:
    """Start the command line, unless a foreign package hides one of the program's own."""
    problem = shadowed_package()
    if problem is not None:
        sys.stderr.write(f"alt-audit: {problem}\n")
        sys.exit(2)
    from alt_audit.cli import main as command_line

    command_line()


if __name__ == "__main__":
    main()
