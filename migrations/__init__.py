"""Alembic migrations; `alt-audit db upgrade` and every command that opens a store run them."""
