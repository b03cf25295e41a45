-- What each source holds
select
    source,
    count(*) filter (where not is_missing) as batches,
    count(*) filter (where is_missing) as missing,
    sum(rows_read) as rows_read,
    sum(rows_staged) as rows_staged,
    sum(rows_rejected) as rows_rejected,
    max(received_date) filter (where not is_missing) as newest_on,
    min(freshness_days) filter (where not is_missing) as days_behind,
    count(*) filter (where last_judgement = 'failed') as failed,
    count(*) filter (where last_judgement = 'warned') as warned,
    count(*) filter (where last_judgement = 'passed') as passed
from marts.source_coverage
group by source
order by source
