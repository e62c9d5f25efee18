"""Who can answer a free question: a language model, or a fixed text."""
