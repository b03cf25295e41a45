-- One row per address with over 1,000 counterparties: people and companies stay far
-- below it, shared accounts pass it within weeks.
with

counterparties as (

    select * from work.counterparties

)

select
    address_id,

    count(distinct counterparty_id) as count_counterparties
from counterparties
group by address_id
having count(distinct counterparty_id) > 1000
