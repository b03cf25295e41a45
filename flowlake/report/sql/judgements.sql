-- Expectations that did not hold when each batch or table was last judged
select
    severity, table_name, source, expectation, kwargs, notes,
    count(*) as judged,
    min(batch) as batch,
    sum(element_count) as element_count,
    sum(unexpected_count) as unexpected_count,
    max(observed) as observed,
    max(examples) as examples,
    count(*) over () as total
from (
    select
        *,
        dense_rank() over (
            partition by source, batch, table_name order by recorded_at desc, run_id desc
        ) as recency
    from meta.judgements
)
where recency = 1 and not is_success
group by severity, table_name, source, expectation, kwargs, notes
order by
    case severity when 'critical' then 0 when 'warning' then 1 else 2 end,
    table_name, source, expectation, kwargs, notes
limit 40
