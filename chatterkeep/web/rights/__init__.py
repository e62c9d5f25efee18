"""The pages on which a person takes along, or erases, what is kept of them."""
