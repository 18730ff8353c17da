"""Code of others, as programs of AutoGen have it run."""
