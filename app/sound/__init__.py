"""Sound: the microphones and what they hear, the loudspeaker and what it plays."""
