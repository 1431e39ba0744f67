"""Policy texts as data: which rules they rest on, by which clause, in which terms; layered, compared, never quoted."""
