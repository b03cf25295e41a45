-- A hub has one counterparty more than the limit, 0xquiet as many as the limit; gifts of nothing,
-- payments to oneself and to the same payee do not count, and nobody's address is no hub.
select i as seq, 'ethereum' as chain, '0x' || i as from_address, '0xhub' as to_address, '1' as value
from range(1, 1002) as r(i)
union all
select 2000 + i, 'ethereum', '0xquiet', '0x' || i % 1000, '1' from range(2000) as r(i)
union all
select 4000, 'ethereum', '0xquiet', '0xquiet', '1'
union all
select 4000 + i, 'ethereum', '0xzero', '0x' || i, '0' from range(1, 1500) as r(i)
union all
select 6000 + i, 'tron', 'T9yD14Nj9j7xAB4dbGeiX9h8unkKHxuWwb', 'T' || i, '1'
from range(1, 1500) as r(i)
