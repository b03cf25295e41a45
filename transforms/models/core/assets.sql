-- One row per asset.
with

moved_assets as (

    select * from work.moved_assets

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

asset_prices as (

    select * from staged.asset_prices

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
        -- Exports that contradict each other leave them unknown.
        case
            when
                min(claims.decimals) over (
                    partition by claims.asset, claims.claim_rank
                ) = max(claims.decimals) over (
                    partition by claims.asset, claims.claim_rank
                )
                then claims.decimals
        end as decimals,
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

),

chosen as (

    select * from ranked
    where choice = 1

),

fungibility as (

    select
        asset,
        min(fungible_flag) as fungible_flag
    from moved_assets
    group by asset

),

genuine_symbols as (

    select
        chain,
        upper(symbol) as symbol
    from known_tokens
    union
    select
        chain,
        upper(ticker) as symbol
    from chains

),

-- Tokens that call themselves as a registered one of the chain does, or as its coin,
-- and that nobody gives a price.
counterfeits as (

    select distinct chosen.asset
    from chosen
    inner join genuine_symbols
        on
            chosen.chain = genuine_symbols.chain
            and upper(trim(chosen.symbol)) = genuine_symbols.symbol
    left join asset_prices on chosen.asset = asset_prices.asset
    where chosen.asset_basis = 'export' and asset_prices.asset is null

)

select
    chosen.asset,

    chosen.chain,
    chosen.contract,
    chosen.symbol,
    chosen.decimals,
    chosen.is_stablecoin,
    case fungibility.fungible_flag
        when 1 then true when 0 then false
    end as is_fungible,
    counterfeits.asset is not null as is_counterfeit,
    chosen.asset_basis
from chosen
left join fungibility on chosen.asset = fungibility.asset
left join counterfeits on chosen.asset = counterfeits.asset
