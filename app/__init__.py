"""The window: picture, conversation and the bridge to the engine process. PySide6 only."""
