-- Newest changes of the lists
select changed_on, previous_on, source, party_id, name, change, detail, count(*) over () as total
from marts.designation_changes
order by changed_on desc, source, change, name, party_id, detail
limit 60
