"""What vector databases found, in one shape. No database is here."""
