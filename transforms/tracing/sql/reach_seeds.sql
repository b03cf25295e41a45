-- One row per seed that is no service: reached before the log begins, over no hop.
select distinct
    seeds.address_id,

    cast(0 as integer) as hop,

    cast(null as bigint) as arrival_seq
from reach_seeds as seeds
left join reach_services as services on seeds.address_id = services.address_id
where services.address_id is null
