"""What a person can choose: one table, a file that they can read, a dialog made from the table."""
