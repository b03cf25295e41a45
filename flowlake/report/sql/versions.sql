-- Table versions of the newest publish
select versions
from meta.ingests
where published and versions is not null
order by recorded_at desc, run_id desc, source, batch
limit 1
