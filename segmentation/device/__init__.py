"""The vendor-neutral device: what every vendor's parser produces."""
