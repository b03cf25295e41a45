-- One row per chain and asset that any staged transfer moves.
with

staged_transfers as (

    select * from staged.transfers

)

-- A contract that any export knows for an NFT's is one in all of them.
select
    chain,
    asset,
    max(contract) as contract,
    min(
        case when is_fungible then 1 when not is_fungible then 0 end
    ) as fungible_flag
from staged_transfers
group by chain, asset
