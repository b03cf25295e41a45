-- One row per address that ends a trace.
with

address_labels as (

    select * from staged.address_labels

),

actors as (

    select * from staged.actors

),

label_ranks as (

    select * from seeds.label_ranks

),

address_degrees as (

    select * from work.address_degrees

),

addresses as (

    select * from core.addresses

),

chains as (

    select * from seeds.chains

),

entity_wallets as (

    select * from core.entity_wallets

),

-- Categories that hold many people's money: what enters can't be told from what leaves.
-- The order says which label wins where labellers disagree.
service_categories as (

    select
        'mixer' as category,
        1 as category_rank
    union all
    select
        'exchange' as category,
        2 as category_rank
    union all
    select
        'bridge' as category,
        3 as category_rank
    union all
    select
        'dex' as category,
        4 as category_rank
    union all
    select
        'otc' as category,
        5 as category_rank
    union all
    select
        'payment_service' as category,
        6 as category_rank
    union all
    select
        'gambling' as category,
        7 as category_rank
    union all
    select
        'marketplace' as category,
        8 as category_rank
    union all
    select
        'wallet_service' as category,
        9 as category_rank
    union all
    select
        'defi' as category,
        10 as category_rank

),

designated as (

    select distinct address
    from entity_wallets

),

-- One description per word that labels use: the actor's own id before another's alias.
known_actors as (

    select
        actor_id,
        label,
        category,
        jurisdictions
    from (
        select
            actor_id,
            label,
            category,
            jurisdictions,
            row_number() over (
                partition by actor_id
                order by
                    case when actor_id = actor then 0 else 1 end asc,
                    labelled_on desc nulls last, source asc, batch asc, record_id asc
            ) as choice
        from actors
    ) as choices
    where choice = 1

),

-- A label that does not say what its actor does learns it from the actor.
claims as (

    select
        address_labels.chain,
        address_labels.address,
        address_labels.label,
        address_labels.labeller,
        address_labels.confidence,
        address_labels.source,
        address_labels.batch,
        address_labels.record_id,
        coalesce(known_actors.label, address_labels.actor) as actor,
        known_actors.jurisdictions,
        case
            when
                known_actors.category is not null
                and coalesce(address_labels.category, 'other') = 'other'
                then known_actors.category
            else address_labels.category
        end as category,
        case
            when
                known_actors.category is not null
                and coalesce(address_labels.category, 'other') = 'other'
                then ' (category of the actor)'
            else ''
        end as category_note
    from address_labels
    left join known_actors on address_labels.actor = known_actors.actor_id
    where address_labels.chain is not null

),

-- The one rule: whom the settings name first, then what the label says the address is,
-- then how sure its labeller is, then names, so that the choice is always the same.
labelled as (

    select
        claims.chain,
        claims.address,
        claims.category,
        claims.actor,
        claims.jurisdictions,
        claims.labeller || ': ' || claims.label || claims.category_note as evidence,
        row_number() over (
            partition by claims.chain, claims.address
            order by
                least(
                    coalesce(labeller_ranks.label_rank, 1000000),
                    coalesce(source_ranks.label_rank, 1000000)
                ),
                service_categories.category_rank,
                -- As GraphSense ranks what TagPacks call confidence.
                case claims.confidence
                    when 'override' then 0
                    when 'ownership' then 0
                    when 'ledger_immanent' then 0
                    when 'manual_transaction' then 1
                    when 'service_api' then 2
                    when 'authority_data' then 3
                    when 'trusted_provider' then 4
                    when 'service_data' then 4
                    when 'forensic' then 4
                    when 'untrusted_transaction' then 5
                    when 'web_crawl' then 6
                    when 'heuristic' then 7
                    else 8
                end,
                case when claims.actor is null then 1 else 0 end,
                claims.labeller, claims.label,
                claims.batch, claims.record_id
        ) as choice
    from claims
    inner join service_categories
        on claims.category = service_categories.category
    left join label_ranks as labeller_ranks
        on claims.labeller = labeller_ranks.name
    left join label_ranks as source_ranks
        on claims.source = source_ranks.name

),

chosen as (

    select * from labelled
    where choice = 1

),

-- What other labels say of the same address: all are kept, this one decided.
disagreements as (

    select
        others.chain,
        others.address,
        string_agg(others.category, ', ' order by others.category) as categories
    from (
        select distinct
            labelled.chain,
            labelled.address,
            labelled.category
        from labelled
        inner join chosen
            on
                labelled.chain = chosen.chain
                and labelled.address = chosen.address
        where labelled.category <> chosen.category
    ) as others
    group by others.chain, others.address

),

-- The account in the middle of a UTXO transaction, which bears its hash of 64 digits,
-- is a counterparty like any other and never a hub: it holds nobody's money. On no
-- chain that is known by name an address is as long.
hubs as (

    select
        addresses.chain,
        addresses.address,
        address_degrees.count_counterparties
    from address_degrees
    inner join addresses on address_degrees.address_id = addresses.address_id
    left join chains on addresses.chain = chains.chain
    where chains.chain is null or length(addresses.address) <> 64

),

candidates as (

    select
        chosen.chain,
        chosen.address,
        chosen.category,
        chosen.actor,
        chosen.jurisdictions,
        'label' as basis,
        chosen.evidence
        || coalesce('; others say ' || disagreements.categories, '') as basis_detail
    from chosen
    left join disagreements
        on
            chosen.chain = disagreements.chain
            and chosen.address = disagreements.address
    union all
    select
        hubs.chain,
        hubs.address,
        'unlabelled_hub' as category,
        cast(null as varchar) as actor,
        cast(null as varchar) as jurisdictions,
        'degree' as basis,
        cast(hubs.count_counterparties as varchar)
        || ' counterparties, limit 1000' as basis_detail
    from hubs
    left join chosen
        on
            hubs.chain = chosen.chain
            and hubs.address = chosen.address
    where chosen.address is null

)

select
    candidates.chain,
    candidates.address,

    candidates.category,
    candidates.actor,
    candidates.jurisdictions,
    candidates.basis,
    candidates.basis_detail
from candidates
left join designated on candidates.address = designated.address
-- The zero address of EVM chains and of Tron mints and burns; it is never an account.
where
    designated.address is null
    and candidates.address not in (
        '0x0000000000000000000000000000000000000000',
        'T9yD14Nj9j7xAB4dbGeiX9h8unkKHxuWwb'
    )
