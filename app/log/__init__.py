"""What happened in the program, for the person and for who helps them."""
