-- Title and origin of articles
select article_id, title, url, publisher, document_kind, text_completeness
from staged.articles
where article_id in (select unnest($articles))
qualify row_number() over (partition by article_id order by source, batch, record_id) = 1
order by article_id
