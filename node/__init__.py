"""A port's node: senses, keeps and decides."""
