"""The bell and the letters: who hears what, without knowing what the other rooms do."""
