"""The addresses of invoicing, by what they are about."""
