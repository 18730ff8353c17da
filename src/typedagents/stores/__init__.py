"""Where runs are kept, beside the files and the memory that need nothing (see ``typedagents.interpreter.traces``)."""
