"""Data about people: how long it is kept, copies for whom it is about, and erasing them without touching the books.

GDPR articles 5(1)(e), 12(3), 15, 17 and 20. What each app holds it says itself (`people.personal`, `people.keeping`,
`people.duties`); here are the verbs. docs/privacy.md tells what stays, and why.
"""
