"""Privacy: what is reduced, kept, exported and erased. Every other room but config builds on it."""
