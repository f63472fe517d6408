"""`python -m alt_audit` is the same as `alt-audit`."""

from alt_audit.cli import main

if __name__ == "__main__":
    main()
