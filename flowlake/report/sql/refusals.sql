-- Batches that were refused
select source, batch, received_date, status, reason, count(*) over () as total
from meta.ingests
where status in ('refused', 'failed_gate')
order by recorded_at desc, source, batch, run_id
limit 20
