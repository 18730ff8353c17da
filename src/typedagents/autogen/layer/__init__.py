"""What stands between AutoGen's API and the typed core. Nothing in here has a counterpart in AutoGen."""
