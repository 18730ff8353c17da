"""Programs to read, run and begin from: ``typedagents run typedagents.examples.local_model "What is 2**10?"``."""
