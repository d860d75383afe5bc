"""The conversation: what was asked and answered, the transcript and the composer."""
