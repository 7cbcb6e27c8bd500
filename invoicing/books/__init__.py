"""The books: what is posted of invoices, payments and the use of credit, and the files that carry it there (rule I6)."""
