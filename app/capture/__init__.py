"""A picture of a part of the screen."""
