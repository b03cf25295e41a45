-- Days that the transfers cover
select min(block_date) as first_on, max(block_date) as last_on
from core.transfers
