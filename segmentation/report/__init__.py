"""Reports: one run's findings as text, JSON, SARIF, JUnit or workflow annotations; same run, same bytes."""
