"""The room that speaks other systems' formats: bytes in, nouns of the model out, and back; it touches no file."""
