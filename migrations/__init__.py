"""Alembic migrations; `alembic upgrade head` or `alt-audit db upgrade` runs them."""
