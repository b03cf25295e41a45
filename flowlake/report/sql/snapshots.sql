-- Newest accepted snapshot of each list
select source, snapshot_date, parties, raw_sha256
from core.list_snapshots
qualify row_number() over (partition by source order by snapshot_date desc) = 1
order by source
