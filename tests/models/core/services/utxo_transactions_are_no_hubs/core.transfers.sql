-- One transaction pays out to 1,500 addresses; an exchange spends in 1,500 transactions.
select
    i as seq, 'bitcoin' as chain, 'utxo' as kind, repeat('0', 64) as transaction_hash,
    repeat('0', 64) as from_address, '1p' || i as to_address, '1' as value
from range(1, 1501) as r(i)
union all
select
    2000 + i, 'bitcoin', 'utxo', lpad('' || i, 64, '0'), '1exchange', lpad('' || i, 64, '0'), '1'
from range(1, 1501) as r(i)
