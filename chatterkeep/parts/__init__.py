"""What settings become: the values and parts that the composition root puts together. Nothing here opens anything."""
