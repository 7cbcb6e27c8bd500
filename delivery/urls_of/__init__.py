"""The addresses of delivery, by what they are about."""
