"""Wire formats of language models, as pure functions between bytes and values, and what several of them have in common."""
