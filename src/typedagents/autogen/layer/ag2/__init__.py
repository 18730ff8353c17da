"""What AG2 has beside AutoGen 0.2, on the typed core: patterns of groups, hand-overs, events of runs, tools."""
