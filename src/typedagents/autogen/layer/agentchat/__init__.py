"""Agents, chats and groups of the layer: how what programs describe by AutoGen's names is held by the typed core."""
