"""The systems that people asked about: image makers and recipes, and what each must show."""
