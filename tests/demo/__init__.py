"""The story to watch (`make demo`) and to play with (`make play`)."""
