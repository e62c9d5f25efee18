"""Who can carry text out to phones. Nothing here knows the web, the database, or another channel."""
