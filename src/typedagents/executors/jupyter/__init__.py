"""Python that goes on from block to block: Jupyter kernels within any sandbox, spoken to over unix sockets."""
