"""The installed models: what each is, whether it fits, and switching between them."""
