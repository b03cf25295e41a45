-- One row per asset.
with staged_transfers as (

    select * from staged.transfers

),

staged_assets as (

    select * from staged.assets

),

chains as (

    select * from seeds.chains

),

known_tokens as (

    select * from seeds.assets

),

moved_assets as (

    select
        chain,
        asset,
        max(contract) as contract
    from staged_transfers
    group by chain, asset

),

claims as (

    select
        chain || ':' || ticker as asset,
        chain,
        cast(null as varchar) as contract,
        upper(ticker) as symbol,
        cast(decimals as bigint) as decimals,
        false as is_stablecoin,
        'registry' as asset_basis,
        0 as claim_rank,
        '' as claim_source
    from chains
    union all
    select
        chain || ':' || contract as asset,
        chain,
        contract,
        symbol,
        cast(decimals as bigint) as decimals,
        is_stablecoin = 'true' as is_stablecoin,
        'registry' as asset_basis,
        1 as claim_rank,
        '' as claim_source
    from known_tokens
    union all
    select
        asset,
        chain,
        contract,
        symbol,
        decimals,
        coalesce(is_stablecoin, false) as is_stablecoin,
        asset_basis,
        2 as claim_rank,
        source || batch || record_id as claim_source
    from staged_assets
    union all
    select
        asset,
        chain,
        contract,
        cast(null as varchar) as symbol,
        cast(null as bigint) as decimals,
        false as is_stablecoin,
        'none' as asset_basis,
        3 as claim_rank,
        '' as claim_source
    from moved_assets

),

used as (
    select asset from moved_assets
    union
    select asset from staged_assets
),

ranked as (

    select
        claims.asset,
        claims.chain,
        claims.contract,
        claims.symbol,
        claims.decimals,
        claims.is_stablecoin,
        claims.asset_basis,
        row_number() over (
            partition by claims.asset
            order by
                claims.claim_rank asc,
                case when claims.decimals is null then 1 else 0 end asc,
                claims.claim_source desc, claims.chain asc
        ) as choice
    from claims
    inner join used on claims.asset = used.asset

)

select
    asset,

    chain,
    contract,
    symbol,
    decimals,
    is_stablecoin,
    asset_basis
from ranked
where choice = 1
