"""What is kept on disk: conversations, their pictures and the search over them. No Qt in here."""
