-- One row per address that ends a trace.
with

address_labels as (

    select * from staged.address_labels

),

transfers as (

    select * from core.transfers

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

labelled as (

    select
        address_labels.chain,
        address_labels.address,
        address_labels.category,
        address_labels.actor,
        'label' as basis,
        address_labels.labeller || ': ' || address_labels.label as basis_detail,
        row_number() over (
            partition by address_labels.chain, address_labels.address
            order by
                service_categories.category_rank,
                case address_labels.confidence
                    when 'service_data' then 0
                    when 'ownership' then 0
                    when 'manual_transaction' then 1
                    when 'forensic' then 1
                    else 2
                end,
                case when address_labels.actor is null then 1 else 0 end,
                address_labels.labeller, address_labels.label,
                address_labels.batch, address_labels.record_id
        ) as choice
    from address_labels
    inner join service_categories
        on address_labels.category = service_categories.category
    where address_labels.chain is not null

),

-- The account in the middle of a UTXO transaction, whose address is the transaction's
-- hash, is a counterparty like any other and never a hub: it holds nobody's money.
counterparties as (

    select
        chain,
        from_address as address,
        to_address as counterparty
    from transfers
    where
        value <> '0' and from_address is not null and to_address is not null
        and from_address <> to_address
        and from_address <> coalesce(transaction_hash, '')
    union
    select
        chain,
        to_address as address,
        from_address as counterparty
    from transfers
    where
        value <> '0' and from_address is not null and to_address is not null
        and from_address <> to_address
        and to_address <> coalesce(transaction_hash, '')

),

-- 1,000: people and companies stay far below it, shared accounts pass it within weeks.
hubs as (

    select
        chain,
        address,
        count(*) as count_counterparties
    from counterparties
    group by chain, address
    having count(*) > 1000

),

candidates as (

    select
        chain,
        address,
        category,
        actor,
        basis,
        basis_detail
    from labelled
    where choice = 1
    union all
    select
        hubs.chain,
        hubs.address,
        'unlabelled_hub' as category,
        cast(null as varchar) as actor,
        'degree' as basis,
        cast(hubs.count_counterparties as varchar)
        || ' counterparties, limit 1000' as basis_detail
    from hubs
    left join labelled
        on
            hubs.chain = labelled.chain
            and hubs.address = labelled.address
            and labelled.choice = 1
    where labelled.address is null

)

select
    candidates.chain,
    candidates.address,

    candidates.category,
    candidates.actor,
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
