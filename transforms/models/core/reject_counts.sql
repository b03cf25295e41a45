-- One row per source and batch of which something is kept in staged.rejects.
select
    source,
    batch,
    count(*) as rejects
from staged.rejects
group by source, batch
