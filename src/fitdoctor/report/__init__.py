"""Records to something a person looks at: terminal text, HTML with figures, JSON. Draws only."""
