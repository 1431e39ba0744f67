"""The worker that looks into files: processes without privileges, network or secrets, one for each file."""
