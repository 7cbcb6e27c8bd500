"""How notices that are no mails reach their readers: texts to phones, and webhooks (rules M4, S18)."""
