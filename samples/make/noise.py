"""What surrounds the story and must not be mistaken for it. SYNTHETIC.

A busy unlabelled hub, address poisoning, dust, a counterfeit token, NFTs, failed transactions,
self transfers, contract creations, exchanges at their daily work, strangers paying strangers.
"""

from collections import defaultdict
from collections.abc import Iterator

from samples.make.chain import Call, Log, Tx, token_payment, unused_slots
from samples.make.common import (
    ZERO,
    actors,
    address_of,
    base_units,
    digest,
    draw,
    evm_address,
    lookalike,
    read_facts,
    tokens,
    unix,
)

CENT = 10_000
ETHER = 10**18
HUB_DEPOSITORS = 505
HUB_RECIPIENTS = 505
# A sweep or a payout moves this many transfers in one transaction, as exchanges do.
HUB_BATCH = 48
STRANGERS = 70
NOISE_BLOCKS = 36
EXCHANGES = ("alder_hot", "birch_hot", "cedar_hot")


def stranger(*label: object) -> str:
    return evm_address("stranger", draw(1, STRANGERS, *label))


def hub() -> Iterator[Tx]:
    """Over a thousand counterparties: an exchange nobody has labelled yet."""
    own = address_of("busy_hub")
    flows = [(evm_address("hub depositor", n), own, n) for n in range(HUB_DEPOSITORS)]
    flows += [(own, evm_address("hub recipient", n), n) for n in range(HUB_RECIPIENTS)]
    for first in range(0, len(flows), HUB_BATCH):
        batch = flows[first : first + HUB_BATCH]
        # Deposits come in before payouts go out, so the hub never spends what it has not.
        time = unix("2025-03-17T00:00:00") + first * 3600 // HUB_BATCH * 24
        logs = [
            Log("USDT", sender, receiver, hub_amount(sender, n, own) * CENT)
            for sender, receiver, n in batch
        ]
        operator, contract = evm_address("hub operator"), evm_address("hub batcher")
        yield Tx(time, operator, contract, f"hub {first}", gas=30_000 * len(batch), logs=logs)


def hub_amount(sender: str, number: int, own: str) -> int:
    low, high = (2_000, 9_000) if sender == own else (10_000, 90_000)
    return draw(low, high, "hub", sender, number)


def poisoning() -> Iterator[Tx]:
    """Zero-value transfers "from" the victim to a look-alike, and dust from the look-alike."""
    batches: dict[str, list[Log]] = defaultdict(list)
    for row in read_facts("story", "lookalikes.csv"):
        fake = lookalike(actors()[row["imitates"]], row["victim"]).address
        victim = address_of(row["victim"])
        batches[row["at"]].append(Log("USDT", victim, fake, 0))
        if row["dust"]:
            dust = base_units(row["dust"], "USDT")
            batches[row["at"]].append(Log("USDT", fake, victim, dust))
    for time, logs in batches.items():
        sender, contract = address_of("poisoner"), evm_address("poison contract")
        label = f"poison {time}"
        yield Tx(unix(time), sender, contract, label, gas=40_000 * len(logs), logs=logs)


def counterfeit() -> Iterator[Tx]:
    """A token that calls itself USDT; its events may name anybody as sender."""
    scammer, contract = address_of("scammer"), tokens()["FAKE"]["address"]
    lured = [stranger("lured", n) for n in range(8)] + [address_of("worker_02")]
    forged = lookalike(actors()["alder_hot"], "pure_2").address
    steps = [
        ("2025-02-05T00:00:00", [Log("FAKE", ZERO, scammer, base_units("10000000", "FAKE"))]),
        ("2025-02-06T00:00:00", [Log("FAKE", scammer, who, 5 * 10**9) for who in lured]),
        (
            "2025-02-07T00:00:00",
            [Log("FAKE", address_of("delegation_treasury"), forged, 5 * 10**10)],
        ),
    ]
    for time, logs in steps:
        label = f"counterfeit {time}"
        yield Tx(unix(time), scammer, contract, label, gas=45_000 * len(logs), logs=logs)


def nfts() -> Iterator[Tx]:
    """ERC-721 events: the value is a token id, up to 78 digits of it."""
    one, two = address_of("collector_1"), address_of("collector_2")
    identifiers = [7, int.from_bytes(digest("nft id")[:20], "big"), 2**256 - 1]
    time = unix("2025-04-02T12:00:00")
    minted = [Log("NFT", ZERO, one, number) for number in identifiers]
    contract = tokens()["NFT"]["address"]
    yield Tx(time, one, contract, "nft mint", gas=210_000, logs=minted)
    for number in identifiers[1:]:
        sold = Log("NFT", one, two, number)
        yield token_payment(time + 86_400, sold, f"nft {number}")


def exchanges() -> Iterator[Tx]:
    """Customers pay in, exchanges pay out: what a service pays is clean."""
    times = unused_slots(12, "exchanges")
    for n in range(60):
        hot = address_of(EXCHANGES[n % 3])
        asset = "USDC" if n % 4 == 0 else "USDT"
        value = draw(5_000, 900_000, "exchange", n) * CENT
        customer = stranger("customer", n)
        between = (hot, customer) if n % 2 else (customer, hot)
        yield token_payment(times[n % len(times)], Log(asset, *between, value), f"exchange {n}")
    companies = sorted({row["company"] for row in read_facts("story", "payroll.csv")})
    for n, company in enumerate(companies):
        log = Log("USDT", address_of(EXCHANGES[n % 3]), address_of(company), 30_000 * 10**6)
        yield token_payment(unix("2025-03-31T09:00:00"), log, f"funding {company}")


def strangers() -> Iterator[Tx]:
    """People paying people, in tokens and in ether."""
    times = unused_slots(NOISE_BLOCKS, "strangers")
    for n in range(80):
        asset = ("USDT", "USDT", "USDC")[n % 3]
        value = draw(100, 300_000, "token", n) * CENT
        log = Log(asset, stranger("payer", n), stranger("payee", n), value)
        if log.sender != log.receiver:
            yield token_payment(times[n % NOISE_BLOCKS], log, f"token {n}")
    for n in range(80):
        value = draw(1, 4_000_000, "ether", n) * ETHER // 10**6
        between = (stranger("giver", n), stranger("taker", n))
        time = times[(n * 7) % NOISE_BLOCKS]
        failed = n % 21 == 0
        status, traced = int(not failed), failed or n % 9 == 0
        yield Tx(time, *between, f"ether {n}", value, status=status, traced=traced)


def oddities() -> Iterator[Tx]:
    """Contract creations, a self-destruct, a payment to oneself, a zero-value payment."""
    times = unused_slots(4, "oddities")
    owner = stranger("owner")
    for n in range(2):
        label = f"creation {n}"
        value = n * ETHER // 20
        yield Tx(times[n], owner, "", label, value, gas=610_000, data="0x6080", traced=True)
    contract = evm_address("contract", "creation 1")
    gone = Call(contract, owner, ETHER // 20, "0", kind="suicide", call_type="")
    yield Tx(times[2] + 86_400, owner, contract, "suicide", gas=30_000, calls=[gone])
    yield Tx(times[3], owner, owner, "self payment", ETHER // 4, traced=True)
    yield Tx(times[3], owner, stranger("nothing"), "zero payment", traced=True)


def transactions() -> list[Tx]:
    parts = (hub, poisoning, counterfeit, nfts, exchanges, strangers, oddities)
    return [tx for part in parts for tx in part()]
