"""Opening balances: a provider moves in from its spreadsheet, wholly or not at all (rules P1, C12, C14).

`clients.csv_rows` turns a file into rows, `clients.csv_cells` reads one cell · `checking` turns rows into facts ·
`applying` makes the facts true in the database. Every fault carries line, column and reason, and a file with a fault changes nothing.
"""
