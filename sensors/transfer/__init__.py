"""What crosses between zones as mail or file, and what is inside it."""
