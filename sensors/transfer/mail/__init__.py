"""Mail at rest: MIME, its disguises, and the rule that a mail is text only."""
