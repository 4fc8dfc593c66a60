"""Good Standing: an open, opt-in credit score that a person can read, carry, contest and take back."""

__version__ = "0.1.0"
