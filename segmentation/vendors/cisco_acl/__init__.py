"""What the Cisco-like formats (IOS, NX-OS, EOS, ASA) share: lines in blocks, object groups, access-list entries."""
