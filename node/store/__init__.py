"""What a node keeps: feeds, entries, receipts, people. One writer owns the database."""
