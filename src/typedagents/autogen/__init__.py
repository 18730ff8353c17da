"""The familiar API on the typed core."""
