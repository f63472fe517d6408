"""The database: typed models and functions over a session. The caller owns the transaction."""
