-- One row per source and batch.
with

ingests as (

    select * from meta.ingests

),

judgements as (

    select * from meta.judgements

),

-- Rows beside the main records are kept there, too: an alias of a party that is not in
-- the set.
kept_rejects as (

    select * from core.reject_counts

),

ranked as (

    select
        source,
        coalesce(batch, '') as batch,
        received_date,
        rows_read,
        rows_staged,
        rows_rejected,
        published,
        row_number() over (
            partition by source, coalesce(batch, '')
            order by
                case when published then 0 else 1 end, recorded_at desc, run_id desc
        ) as recency
    from ingests
    -- These stand in the ledger under their table's name, which is no source.
    where status not in ('rolled_back', 'compacted')

),

published_counts as (

    select
        source,
        coalesce(batch, '') as batch,
        count(*) as snapshots
    from ingests
    where published
    group by source, coalesce(batch, '')

),

verdicts as (

    select
        source,
        batch,
        max(
            case
                when is_success then 0
                when severity = 'critical' then 2
                else 1
            end
        ) as worst
    from (
        select
            source,
            batch,
            is_success,
            severity,
            dense_rank() over (
                partition by source, batch order by recorded_at desc, run_id desc
            ) as recency
        from judgements
        where source is not null
    ) as latest
    where recency = 1
    group by source, batch

),

newest as (

    select max(received_date) as newest_date
    from ingests
    where published

)

select
    ranked.source,
    ranked.received_date,
    ranked.batch,

    coalesce(published_counts.snapshots, 0) as snapshots,
    coalesce(ranked.rows_read, 0) as rows_read,
    coalesce(ranked.rows_staged, 0) as rows_staged,
    coalesce(ranked.rows_rejected, 0) as rows_rejected,
    not ranked.published as is_missing,
    date_diff('day', ranked.received_date, newest.newest_date) as freshness_days,
    coalesce(ranked.rows_staged, 0) as rows,
    greatest(
        coalesce(kept_rejects.rejects, 0), coalesce(ranked.rows_rejected, 0)
    ) as rejects,
    not ranked.published as missing,
    date_diff('day', ranked.received_date, newest.newest_date) as freshness,
    case verdicts.worst
        when 0 then 'passed'
        when 1 then 'warned'
        when 2 then 'failed'
        else 'none'
    end as last_judgement
from ranked
cross join newest
left join published_counts
    on
        ranked.source = published_counts.source
        and ranked.batch = published_counts.batch
left join kept_rejects
    on
        ranked.source = kept_rejects.source
        and ranked.batch = kept_rejects.batch
left join verdicts
    on
        ranked.source = verdicts.source
        and ranked.batch = verdicts.batch
where ranked.recency = 1
