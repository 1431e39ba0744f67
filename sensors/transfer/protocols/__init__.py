"""What crosses: readers of application protocols, recognised by content first and by port second."""
