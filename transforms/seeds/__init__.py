"""Small bundled registries, as CSV.

``assets.csv``: every row was compared, on 2026-11-22, with at least two public files of different
projects that name the contract on its chain, its symbol or name, and its decimals. First Trust
Wallet's ``assets`` repository and the default token list of Uniswap, then lists that other
projects keep for their own use. One file alone is not proof: Trust Wallet's stored files gave 16
decimals for BNB Chain's USDT (18), another's gave 18 for BTC.b (8); the majority was taken. No
chain was asked. ``is_stablecoin`` says what the issuer pegs the token to, US dollars.

Symbols are today's: a token that was renamed keeps its contract (USDP was PAX, WPOL was WMATIC),
one that was issued anew has two rows (USDD of Tron since January 2025; USDDOLD before). Chain
lists differ over bridged tokens; the seed tells them from native ones (USDC.e, USDbC, WETH of
Solana).
"""
