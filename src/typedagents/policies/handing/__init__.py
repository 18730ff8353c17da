"""Who has the floor next: hand-overs by tool call, by condition, after work; and groups that live by them."""
