"""What the site says beside a place and elsewhere, that no draft may repeat."""
