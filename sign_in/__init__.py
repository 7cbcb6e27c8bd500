"""Signing in: passwords, codes, second factors, passkeys, and the sign-ins that are open (rules: People, M4)."""
