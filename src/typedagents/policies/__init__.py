"""What agents decide by: policies, how to combine them, the rules that end conversations, and ready-made agents."""
