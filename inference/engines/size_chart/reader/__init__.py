"""Reads size charts by rules and a lexicon; pictures by OCR models that ship inside their package."""
