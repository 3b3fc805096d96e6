"""Pure values and rules: no Qt, no SQL, no network, no clock of its own."""
