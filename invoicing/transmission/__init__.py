"""How issued invoices get out (rule I4).

`queueing` decides the way, `sending` and `following` are its jobs, `life` its steps. `access_point` is who takes e-invoices,
`requests` (pure) what is said to it and what its answers mean; `words` is written to people.
"""
