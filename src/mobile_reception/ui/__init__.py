"""The window: a launcher without a face, a worker that gets unlocked, and its pages."""
