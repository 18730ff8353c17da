"""Pictures of teams. See ``mermaid``."""
