"""Code that others wrote: found in messages, and run."""
