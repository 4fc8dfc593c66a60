"""What the product says to the outside. For now: its pages."""
