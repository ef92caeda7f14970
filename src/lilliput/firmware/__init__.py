"""Any firmware's ELF file -> what every byte is, what keeps it, what it would save, and what changed."""
