"""What the application can do: use cases that see both the web's values and the store."""
