"""The person's voice: push-to-talk, and the recording that comes of it."""
