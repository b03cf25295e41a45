-- Matcher versions behind the mentions
select distinct matcher_version
from core.mentions
order by matcher_version
