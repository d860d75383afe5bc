"""Sound: the microphones, and what they hear."""
