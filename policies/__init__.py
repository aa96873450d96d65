"""Who may hear what. Pure decisions over a world that is gathered before and passed in."""
