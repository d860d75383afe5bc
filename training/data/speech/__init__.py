"""Speech to train on and to measure on: said by synthesizers, or read from published corpora."""
