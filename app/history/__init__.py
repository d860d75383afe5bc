"""The conversations that are kept, as the window shows them: a sidebar, and what it does."""
