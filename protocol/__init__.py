"""What is said: labels, records, entries, proofs. No I/O, no frameworks; the same bytes everywhere."""
