"""The database: rows and domain values meet here and nowhere else."""
