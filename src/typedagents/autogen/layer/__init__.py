"""What stands between the familiar API and the typed core."""
