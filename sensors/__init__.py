"""What needs packets: captures, flows, findings about what really crossed."""
