-- Changes of the lists by list and kind
select
    source,
    regexp_extract(change, '^(listed|delisted|amended|wallet_added|wallet_removed|reissued)') as kind,
    count(*) as changes,
    min(changed_on) as first_on,
    max(changed_on) as last_on
from marts.designation_changes
group by all
order by source, kind
