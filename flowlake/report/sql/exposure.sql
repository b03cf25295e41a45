-- What left and reached an entity, by asset, phase and hop
select
    exposure.entity_id, exposure.asset, exposure.symbol, assets.asset_basis,
    exposure.direction, exposure.hop, exposure.phase,
    exposure.transfers, exposure.amount, exposure.amount_usd, exposure.unpriced_transfers
from marts.entity_exposure as exposure
left join core.assets as assets on exposure.asset = assets.asset
where exposure.entity_id in (select unnest($entities))
order by exposure.entity_id, exposure.asset, exposure.direction desc, exposure.hop, exposure.phase
