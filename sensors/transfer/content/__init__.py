"""Bytes -> risk factors.  Everything here meets hostile input and runs in the unprivileged worker."""
