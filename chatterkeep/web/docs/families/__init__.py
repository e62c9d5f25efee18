"""What the documentation says of the routes of each family of clients, a module for each: see `Family`."""
