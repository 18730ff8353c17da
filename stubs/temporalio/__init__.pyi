# What this project uses of temporalio 1.30 and later, whose own types say Any where a value passes.
