"""Following designated value through a transfer log, exactly.

In: Arrow tables of transfers whose addresses are integers. Out: Arrow tables of traced transfers,
balances, witnesses and paths. Pure functions: no clock, no randomness, no files.

``reach``    who can have been paid at all, set-based SQL over the whole warehouse
``restrict`` all transfers of the addresses in that reach
``ledger``   the conserving ledger of one asset: FIFO, LIFO, TIHO variant, haircut, and poison
``paths``    one proof path per origin and service
"""
