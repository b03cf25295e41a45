-- How many expectations held when each batch or table was last judged
select
    count(*) as expectations,
    count(*) filter (where is_success) as held,
    count(*) filter (where not is_success and severity = 'critical') as failed,
    count(*) filter (where not is_success and severity <> 'critical') as warned
from (
    select
        *,
        dense_rank() over (
            partition by source, batch, table_name order by recorded_at desc, run_id desc
        ) as recency
    from meta.judgements
)
where recency = 1
