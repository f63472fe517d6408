"""The content systems, one module each: what `reports.cms.registry` finds in SYSTEMS."""
