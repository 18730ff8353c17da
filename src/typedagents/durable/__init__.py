"""Conversations on durable engines: the same driver, whose effects an engine performs, keeps and never forgets.

An engine's adapter supplies what ``conducting`` asks for, and nothing else: it performs one effect under its name, and says
which of several came to an end first. Policies, limits, budgets and the trace are those of every other run.
"""
