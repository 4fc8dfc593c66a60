"""What the service does by itself: pushes deliveries to firms, asks witnesses, and does what time has made due."""
