"""How fast the ledger and the slots are beside the least that could do the same: ratios of one run, on PostgreSQL with durable commits.

Workloads, not tests: nothing here fails for being slow (docs/performance.md).
"""
