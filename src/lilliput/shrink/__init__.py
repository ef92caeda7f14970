"""A model file -> a smaller model file, with what it saves and the proof that it computes the same."""
